package clustertest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	fieldvalidation "k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/packstage/packstage/installer/cluster"
)

var errModified = errors.New("the object has been modified; please apply your changes to the latest version and try again")

// needsRevision are built-in kinds that cannot be updated without a resourceVersion.
var needsRevision = map[string]bool{
	"APIService": true, "CSIDriver": true, "CSINode": true, "CSIStorageCapacity": true, "CustomResourceDefinition": true,
	"Lease": true, "MutatingAdmissionPolicy": true, "MutatingAdmissionPolicyBinding": true, "MutatingWebhookConfiguration": true,
	"PodDisruptionBudget": true, "RuntimeClass": true, "ValidatingAdmissionPolicy": true, "ValidatingAdmissionPolicyBinding": true,
	"ValidatingWebhookConfiguration": true, "VolumeAttachment": true,
}

// noSuchPath is what the server says to a path that it does not have.
func noSuchPath() error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusNotFound, Reason: metav1.StatusReasonNotFound,
		Message: "the server could not find the requested resource",
	}}
}

// checkPlace refuses what cannot be the path of an object.
func checkPlace(kind *kindRules, namespace, name string) error {
	if kind.namespaced && namespace == "" {
		return apierrors.NewBadRequest("an empty namespace may not be set during a request for a namespaced kind")
	}
	if !kind.namespaced && namespace != "" {
		return noSuchPath()
	}
	if name == "" {
		return apierrors.NewBadRequest("name is required")
	}
	if problems := path.IsValidPathSegmentName(name); len(problems) > 0 {
		return apierrors.NewBadRequest(fmt.Sprintf("invalid resource name %q: %s", name, strings.Join(problems, ", ")))
	}
	return nil
}

// checkHome refuses an object that has nowhere to be: its namespace or the definition
// of its kind is missing or on the way out.
func (c *Cluster) checkHome(kind *kindRules, object *unstructured.Unstructured) error {
	if kind.definition != nil {
		name := kind.resource + "." + kind.group
		if stored, ok := c.objects[definitionKey(name)]; ok && stored.object.GetDeletionTimestamp() != nil {
			return apierrors.NewForbidden(kind.groupResource(), object.GetName(),
				errors.New("create not allowed while custom resource definition is terminating"))
		}
	}
	if !kind.namespaced {
		return nil
	}
	namespace := object.GetNamespace()
	stored, ok := c.objects[namespaceKey(namespace)]
	if !ok {
		return apierrors.NewNotFound(c.builtin[namespaceKind].groupResource(), namespace)
	}
	if stored.object.GetDeletionTimestamp() == nil {
		return nil
	}
	err := apierrors.NewForbidden(kind.groupResource(), object.GetName(),
		fmt.Errorf("unable to create new content in namespace %s because it is being terminated", namespace))
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{
		Type: "NamespaceTerminating", Message: fmt.Sprintf("namespace %s is being terminated", namespace), Field: "metadata.namespace",
	})
	return err
}

// admit calls the admission plug-ins.
func (c *Cluster) admit(object *unstructured.Unstructured) error {
	for _, plugin := range c.admission {
		err := plugin(object)
		if status := apierrors.APIStatus(nil); err == nil || errors.As(err, &status) {
			if err != nil {
				return err
			}
			continue
		}
		return &apierrors.StatusError{ErrStatus: metav1.Status{
			Status: metav1.StatusFailure, Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden,
			Message: fmt.Sprintf("admission webhook \"clustertest\" denied the request: %v", err),
		}}
	}
	return nil
}

// validate judges an object; old is nil for a new one.
func validate(kind *kindRules, object, old *unstructured.Unstructured) error {
	names := map[nameRule]validation.ValidateNameFunc{
		subdomainName: validation.NameIsDNSSubdomain, labelName: validation.NameIsDNSLabel, serviceName: validation.NameIsDNS1035Label,
		pathName: path.ValidatePathSegmentName,
	}[kind.names]
	metadata := fieldvalidation.NewPath("metadata")
	findings := validation.ValidateObjectMetaAccessor(object, kind.namespaced, names, metadata)
	if old != nil {
		findings = append(findings, validation.ValidateObjectMetaAccessorUpdate(object, old, metadata)...)
		findings = append(findings, immutableFindings(kind, object, old)...)
	}
	if isDefinition(keyOf(object)) {
		if defined, ok := definedKind(object); !ok {
			findings = append(findings, fieldvalidation.Required(fieldvalidation.NewPath("spec"), "group, names and a served version"))
		} else if name := defined.resource + "." + defined.group; object.GetName() != name {
			findings = append(findings, fieldvalidation.Invalid(metadata.Child("name"), object.GetName(), "must be spec.names.plural+\".\"+spec.group"))
		}
	}
	if len(findings) == 0 {
		return nil
	}
	return apierrors.NewInvalid(kind.groupKind(), object.GetName(), unique(findings))
}

func unique(findings fieldvalidation.ErrorList) fieldvalidation.ErrorList {
	seen := map[string]bool{}
	var kept fieldvalidation.ErrorList
	for _, one := range findings {
		if !seen[one.Error()] {
			seen[one.Error()] = true
			kept = append(kept, one)
		}
	}
	return kept
}

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

var namespaceKind = cluster.Reference{Kind: "Namespace"}.GroupVersionKind().GroupKind()
