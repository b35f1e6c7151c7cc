package clustertest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/api/validation"
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

// checkPlace refuses what cannot be the path of an object, which a client finds out
// before the server does.
func checkPlace(kind *kindRules, namespace, name string) error {
	switch {
	case kind.namespaced && namespace == "":
		return apierrors.NewBadRequest(fmt.Sprintf("%s %q has no namespace, and objects of its kind live in one", kind.kind, name))
	case !kind.namespaced && namespace != "":
		return apierrors.NewBadRequest(fmt.Sprintf("%s %q has a namespace, and objects of its kind live in none", kind.kind, name))
	case name == "":
		return apierrors.NewBadRequest("name is required")
	}
	for _, segment := range []string{namespace, name} {
		if problems := content.IsPathSegmentName(segment); len(problems) > 0 {
			return apierrors.NewBadRequest(fmt.Sprintf("invalid resource name %q: %s", segment, strings.Join(problems, ", ")))
		}
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
		subdomainName: validation.NameIsDNSSubdomain, labelName: validation.NameIsDNSLabel,
		pathName: func(name string, _ bool) []string { return content.IsPathSegmentName(name) },
	}[kind.names]
	metadata := fieldvalidation.NewPath("metadata")
	findings := validation.ValidateObjectMetaAccessor(object, kind.namespaced, names, metadata)
	if old != nil {
		for range 2 { // the server does it for all kinds, and for each kind again
			findings = append(findings, validation.ValidateObjectMetaAccessorUpdate(object, old, metadata)...)
		}
		findings = append(findings, immutableFindings(kind, object, old)...)
	}
	findings = append(findings, sizeFindings(kind, object)...)
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
	return apierrors.NewInvalid(kind.groupKind(), object.GetName(), findings)
}

// sizeFindings refuses a ConfigMap or Secret with too much in it.
func sizeFindings(kind *kindRules, object *unstructured.Unstructured) fieldvalidation.ErrorList {
	if kind.group != "" || kind.kind != "ConfigMap" && kind.kind != "Secret" {
		return nil
	}
	const limit = 1 << 20
	total := 0
	for _, field := range []string{"data", "binaryData"} {
		values, _, _ := unstructured.NestedMap(object.Object, field)
		for _, value := range values {
			text, _ := value.(string)
			size := len(text)
			if kind.kind == "Secret" || field == "binaryData" {
				size = base64.StdEncoding.DecodedLen(len(text)) - strings.Count(text, "=")
			}
			total += size
		}
	}
	if total <= limit {
		return nil
	}
	path := fieldvalidation.NewPath("data")
	if kind.kind == "ConfigMap" {
		path = fieldvalidation.NewPath("")
	}
	return fieldvalidation.ErrorList{fieldvalidation.TooLong(path, "", limit)}
}

var namespaceKind = cluster.Reference{Kind: "Namespace"}.GroupVersionKind().GroupKind()
