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
	{[]string{"apps"}, []string{"Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"}, "spec.selector", nil, podsRestart},
	{[]string{"apps"}, []string{"StatefulSet"}, "spec.volumeClaimTemplates", nil, dataStays},
	{[]string{"apps"}, []string{"StatefulSet"}, "spec.serviceName", "", dataStays},
	{[]string{"apps"}, []string{"StatefulSet"}, "spec.podManagementPolicy", "OrderedReady", dataStays},
	{[]string{"apps"}, []string{"ControllerRevision"}, "data", nil, nothingRunning},
	{[]string{"batch"}, []string{"Job"}, "spec.selector", nil, runsAnew},
	{[]string{"batch"}, []string{"Job"}, "spec.template", nil, runsAnew},
	{[]string{"batch"}, []string{"Job"}, "spec.completions", int64(1), runsAnew},
	{[]string{"batch"}, []string{"Job"}, "spec.completionMode", "NonIndexed", runsAnew},
	{[]string{"batch"}, []string{"Job"}, "spec.podFailurePolicy", nil, runsAnew},
	{[]string{"batch"}, []string{"Job"}, "spec.successPolicy", nil, runsAnew},
	{[]string{"batch"}, []string{"Job"}, "spec.backoffLimitPerIndex", nil, runsAnew},
	{[]string{"batch"}, []string{"Job"}, "spec.managedBy", nil, runsAnew},
	{[]string{""}, []string{"Secret"}, "type", "Opaque", nothingRunning},
	{[]string{"rbac.authorization.k8s.io"}, []string{"RoleBinding", "ClusterRoleBinding"}, "roleRef", nil, "its subjects have no permissions meanwhile"},
	{[]string{"storage.k8s.io"}, []string{"StorageClass"}, "provisioner", nil, nothingRunning},
	{[]string{"storage.k8s.io"}, []string{"StorageClass"}, "parameters", nil, nothingRunning},
	{[]string{"storage.k8s.io"}, []string{"StorageClass"}, "reclaimPolicy", "Delete", nothingRunning},
	{[]string{"storage.k8s.io"}, []string{"StorageClass"}, "volumeBindingMode", "Immediate", nothingRunning},
	{[]string{"storage.k8s.io"}, []string{"VolumeAttributesClass"}, "driverName", nil, nothingRunning},
	{[]string{"storage.k8s.io"}, []string{"VolumeAttributesClass"}, "parameters", nil, nothingRunning},
	{[]string{"storage.k8s.io"}, []string{"CSIDriver"}, "spec.attachRequired", true, nothingRunning},
	{[]string{"storage.k8s.io"}, []string{"CSIDriver"}, "spec.volumeLifecycleModes", []any{"Persistent"}, nothingRunning},
	{[]string{"scheduling.k8s.io"}, []string{"PriorityClass"}, "value", int64(0), nothingRunning},
	{[]string{"scheduling.k8s.io"}, []string{"PriorityClass"}, "preemptionPolicy", "PreemptLowerPriority", nothingRunning},
	{[]string{"networking.k8s.io"}, []string{"IngressClass"}, "spec.controller", nil, nothingRunning},
	{[]string{"node.k8s.io"}, []string{"RuntimeClass"}, "handler", nil, nothingRunning},
	{[]string{"discovery.k8s.io"}, []string{"EndpointSlice"}, "addressType", nil, nothingRunning},
	{[]string{""}, []string{"ResourceQuota"}, "spec.scopes", nil, nothingRunning},
	{[]string{"resource.k8s.io"}, []string{"ResourceClaim", "ResourceClaimTemplate"}, "spec", nil, nothingRunning},
	{[]string{"certificates.k8s.io"}, []string{"CertificateSigningRequest"}, "spec", nil, nothingRunning},
	{[]string{""}, []string{"PersistentVolume"}, "spec.volumeMode", "Filesystem", "its data has to be kept by hand"},
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
		if equal(orElse(before, field.fallback), orElse(after, field.fallback)) {
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
