package clustertest

import (
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	fieldvalidation "k8s.io/apimachinery/pkg/util/validation/field"
)

// fixedFields are fields that cannot be changed once an object is there.
var fixedFields = map[string][][]string{
	"Secret":                   {{"type"}},
	"Deployment":               {{"spec", "selector"}},
	"DaemonSet":                {{"spec", "selector"}},
	"ReplicaSet":               {{"spec", "selector"}},
	"Job":                      {{"spec", "template"}, {"spec", "selector"}, {"spec", "completionMode"}},
	"StorageClass":             {{"provisioner"}, {"parameters"}, {"reclaimPolicy"}, {"volumeBindingMode"}},
	"IngressClass":             {{"spec", "controller"}},
	"RuntimeClass":             {{"handler"}},
	"EndpointSlice":            {{"addressType"}},
	"ResourceClaim":            {{"spec"}},
	"VolumeAttachment":         {{"spec"}},
	"ControllerRevision":       {{"data"}},
	"PersistentVolumeClaim":    {{"spec", "accessModes"}, {"spec", "storageClassName"}, {"spec", "selector"}},
	"PriorityClass":            {{"value"}, {"preemptionPolicy"}},
	"CSIDriver":                {{"spec", "attachRequired"}},
	"VolumeAttributesClass":    {{"driverName"}, {"parameters"}},
	"ResourceClaimTemplate":    {{"spec"}},
	"CSIStorageCapacity":       {{"nodeTopology"}, {"storageClassName"}},
	"RoleBinding":              {{"roleRef"}},
	"ClusterRoleBinding":       {{"roleRef"}},
	"CustomResourceDefinition": {{"spec", "group"}, {"spec", "scope"}},
}

// immutableFindings refuses changes of what cannot be changed.
func immutableFindings(kind *kindRules, object, old *unstructured.Unstructured) fieldvalidation.ErrorList {
	if kind.definition != nil {
		return nil
	}
	differs := func(path ...string) (value any, changed bool) {
		before, _, _ := unstructured.NestedFieldNoCopy(old.Object, path...)
		value, _, _ = unstructured.NestedFieldNoCopy(object.Object, path...)
		return value, !equality.Semantic.DeepEqual(before, value)
	}
	at := func(path []string) *fieldvalidation.Path { return fieldvalidation.NewPath(path[0], path[1:]...) }
	var findings fieldvalidation.ErrorList
	for _, field := range fixedFields[kind.kind] {
		if value, changed := differs(field...); changed {
			reason := validation.FieldImmutableErrorMsg
			if field[0] == "roleRef" {
				reason = "cannot change roleRef"
			}
			findings = append(findings, fieldvalidation.Invalid(at(field), value, reason))
		}
	}
	switch kind.kind {
	case "Secret", "ConfigMap":
		fixed, _, _ := unstructured.NestedBool(old.Object, "immutable")
		for _, field := range []string{"immutable", "data", "binaryData"} {
			if _, changed := differs(field); fixed && changed {
				findings = append(findings, fieldvalidation.Forbidden(fieldvalidation.NewPath(field), "field is immutable when `immutable` is set"))
			}
		}
	case "Service":
		before, _, _ := unstructured.NestedString(old.Object, "spec", "clusterIP")
		if value, changed := differs("spec", "clusterIP"); changed && before != "" && value != nil && value != "" {
			findings = append(findings, fieldvalidation.Invalid(fieldvalidation.NewPath("spec", "clusterIPs").Index(0), []any{value}, "may not change once set"))
		}
	case "StatefulSet":
		findings = append(findings, statefulSetFindings(object, old)...)
	}
	return findings
}

func statefulSetFindings(object, old *unstructured.Unstructured) fieldvalidation.ErrorList {
	spec := func(of *unstructured.Unstructured) map[string]any {
		found, _, _ := unstructured.NestedMap(of.Object, "spec")
		for _, free := range []string{
			"replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
			"persistentVolumeClaimRetentionPolicy", "minReadySeconds",
		} {
			delete(found, free)
		}
		return found
	}
	if equality.Semantic.DeepEqual(spec(object), spec(old)) {
		return nil
	}
	return fieldvalidation.ErrorList{fieldvalidation.Forbidden(fieldvalidation.NewPath("spec"),
		"updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "+
			"'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden")}
}
