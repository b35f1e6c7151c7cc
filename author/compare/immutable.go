package compare

import (
	"slices"
	"strings"
)

// immutableField is a field that the API server refuses to change.
type immutableField struct {
	groups, kinds []string
	path          string
	// fallback is the value where it is left out.
	fallback any
	reason   string
	// plain makes values equal that say the same; nil where there is one way to say it.
	plain func(any) any
}

// fixed is the value as it is compared with another.
func (f immutableField) fixed(value any) any {
	value = orElse(value, f.fallback)
	if f.plain != nil {
		return f.plain(value)
	}
	return value
}

const (
	podsRestart    = "its pods are stopped and started anew"
	dataStays      = "claims that it made stay, pods are stopped meanwhile"
	runsAnew       = "it runs anew"
	nothingRunning = ""
)

func (f immutableField) matches(key objectKey) bool {
	return slices.Contains(f.groups, key.group) && slices.Contains(f.kinds, key.kind)
}

// immutableFields are what the validation of Kubernetes' built-in kinds refuses to
// update; what depends on more than one field is in immutableChanges.
var immutableFields = []immutableField{
	{[]string{"apps"}, []string{"Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"}, "spec.selector", nil, podsRestart, nil},
	{[]string{"apps"}, []string{"StatefulSet"}, "spec.volumeClaimTemplates", nil, dataStays, plainClaims},
	{[]string{"apps"}, []string{"StatefulSet"}, "spec.serviceName", "", dataStays, nil},
	{[]string{"apps"}, []string{"StatefulSet"}, "spec.podManagementPolicy", "OrderedReady", dataStays, nil},
	{[]string{"apps"}, []string{"ControllerRevision"}, "data", nil, nothingRunning, nil},
	{[]string{"batch"}, []string{"Job"}, "spec.selector", nil, runsAnew, nil},
	{[]string{"batch"}, []string{"Job"}, "spec.template", nil, runsAnew, plainTemplate},
	{[]string{"batch"}, []string{"Job"}, "spec.completions", int64(1), runsAnew, nil},
	{[]string{"batch"}, []string{"Job"}, "spec.completionMode", "NonIndexed", runsAnew, nil},
	{[]string{"batch"}, []string{"Job"}, "spec.podFailurePolicy", nil, runsAnew, nil},
	{[]string{"batch"}, []string{"Job"}, "spec.successPolicy", nil, runsAnew, nil},
	{[]string{"batch"}, []string{"Job"}, "spec.backoffLimitPerIndex", nil, runsAnew, nil},
	{[]string{"batch"}, []string{"Job"}, "spec.managedBy", nil, runsAnew, nil},
	{[]string{""}, []string{"Secret"}, "type", "Opaque", nothingRunning, nil},
	{[]string{"rbac.authorization.k8s.io"}, []string{"RoleBinding", "ClusterRoleBinding"}, "roleRef", nil, "its subjects have no permissions meanwhile", nil},
	{[]string{"storage.k8s.io"}, []string{"StorageClass"}, "provisioner", nil, nothingRunning, nil},
	{[]string{"storage.k8s.io"}, []string{"StorageClass"}, "parameters", nil, nothingRunning, nil},
	{[]string{"storage.k8s.io"}, []string{"StorageClass"}, "reclaimPolicy", "Delete", nothingRunning, nil},
	{[]string{"storage.k8s.io"}, []string{"StorageClass"}, "volumeBindingMode", "Immediate", nothingRunning, nil},
	{[]string{"storage.k8s.io"}, []string{"VolumeAttributesClass"}, "driverName", nil, nothingRunning, nil},
	{[]string{"storage.k8s.io"}, []string{"VolumeAttributesClass"}, "parameters", nil, nothingRunning, nil},
	{[]string{"storage.k8s.io"}, []string{"CSIDriver"}, "spec.attachRequired", true, nothingRunning, nil},
	{[]string{"storage.k8s.io"}, []string{"CSIDriver"}, "spec.volumeLifecycleModes", []any{"Persistent"}, nothingRunning, nil},
	{[]string{"scheduling.k8s.io"}, []string{"PriorityClass"}, "value", int64(0), nothingRunning, nil},
	{[]string{"scheduling.k8s.io"}, []string{"PriorityClass"}, "preemptionPolicy", "PreemptLowerPriority", nothingRunning, nil},
	{[]string{"networking.k8s.io"}, []string{"IngressClass"}, "spec.controller", nil, nothingRunning, nil},
	{[]string{"node.k8s.io"}, []string{"RuntimeClass"}, "handler", nil, nothingRunning, nil},
	{[]string{"discovery.k8s.io"}, []string{"EndpointSlice"}, "addressType", nil, nothingRunning, nil},
	{[]string{""}, []string{"ResourceQuota"}, "spec.scopes", nil, nothingRunning, plainSet},
	{[]string{"resource.k8s.io"}, []string{"ResourceClaim", "ResourceClaimTemplate"}, "spec", nil, nothingRunning, nil},
	{[]string{"certificates.k8s.io"}, []string{"CertificateSigningRequest"}, "spec", nil, nothingRunning, nil},
	{[]string{"certificates.k8s.io"}, []string{"ClusterTrustBundle"}, "spec.signerName", "", nothingRunning, nil},
	{[]string{"resource.k8s.io"}, []string{"ResourceSlice"}, "spec.driver", nil, nothingRunning, nil},
	{[]string{"networking.k8s.io"}, []string{"ServiceCIDR"}, "spec.cidrs", nil, nothingRunning, nil},
	{[]string{""}, []string{"PersistentVolume"}, "spec.volumeMode", "Filesystem", "its data has to be kept by hand", nil},
}

// fault is a change that the API server refuses.
type fault struct {
	path          []string
	before, after any
	reason        string
}

// immutableChanges returns what cannot be updated in an object.
func immutableChanges(key objectKey, a, b map[string]any) []fault {
	var faults []fault
	for _, field := range immutableFields {
		if !field.matches(key) {
			continue
		}
		path := strings.Split(field.path, ".")
		before, after := valueAt(a, path...), valueAt(b, path...)
		if equal(field.fixed(before), field.fixed(after)) || key.kind == "Job" && path[1] == "completions" && isElastic(a) && isElastic(b) {
			continue
		}
		faults = append(faults, fault{path, before, after, field.reason})
	}
	switch key {
	case objectKey{"", "Service", key.namespace, key.name}:
		faults = append(faults, serviceFaults(a, b)...)
	case objectKey{"", "Secret", key.namespace, key.name}, objectKey{"", "ConfigMap", key.namespace, key.name}:
		faults = append(faults, frozenFaults(a, b)...)
	case objectKey{"", "PersistentVolumeClaim", key.namespace, key.name}:
		faults = append(faults, claimFaults(a, b)...)
	case objectKey{"", "PersistentVolume", key.namespace, key.name}:
		faults = append(faults, volumeFaults(a, b)...)
	case objectKey{"", "Pod", key.namespace, key.name}:
		faults = append(faults, podFaults(a, b)...)
	}
	return faults
}

// isElastic reports whether an indexed Job has as many completions as pods at once:
// these two may be changed together.
func isElastic(job map[string]any) bool {
	completions := valueAt(job, "spec", "completions")
	return textAt(job, "spec", "completionMode") == "Indexed" && completions != nil && equal(completions, valueAt(job, "spec", "parallelism"))
}

func orElse(value, fallback any) any {
	if value == nil {
		return fallback
	}
	return value
}

func isScalar(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return false
	default:
		return true
	}
}

// immutable records what the API server refuses, and takes the field out of the
// comparison of all others.
func (w *fieldWalk) immutable(f fault) {
	path := make([]any, 0, len(f.path))
	for _, name := range f.path {
		path = append(path, name)
	}
	w.fixed = append(w.fixed, path)
	before, after := f.before, f.after
	if isSecret(w.key, fieldPlace{text: path}) {
		before, after = maskValue(before), maskValue(after)
	}
	reason := "the API server refuses it until the " + w.key.kind + " is deleted and made anew"
	if f.reason != "" {
		reason += "; " + f.reason
	}
	message := "cannot be changed in place"
	if isScalar(before) && isScalar(after) && before != masked && after != masked {
		message = "is " + show(after) + " and was " + show(before) + ", which cannot be changed in place"
	}
	message += ": " + reason
	change := Change{
		Code: FieldImmutable, Effect: Breaking, Object: w.object, Field: fieldText(path), Before: before, After: after,
		Message: message, pathA: path, pathB: path, reason: "cannot be changed in place: " + reason,
	}
	if after == nil {
		change.Side = SideA
	}
	w.changes = append(w.changes, change)
}
