package preflight

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/internal/plain"
)

// controllerOf returns what controls an object, like "ReplicaSet web-5d8", or
// nothing.
func controllerOf(object *unstructured.Unstructured) string {
	for _, owner := range object.GetOwnerReferences() {
		if owner.Controller != nil && *owner.Controller {
			return owner.Kind + " " + owner.Name
		}
	}
	return ""
}

// packageOperator returns how Package Operator owns an object, or nothing. It owns by
// owner references, and in clusters other than its own by an annotation.
func packageOperator(object *unstructured.Unstructured) string {
	at := slices.IndexFunc(object.GetOwnerReferences(), func(owner metav1.OwnerReference) bool {
		version, err := schema.ParseGroupVersion(owner.APIVersion)
		return err == nil && version.Group == operatorGroup
	})
	switch {
	case at >= 0:
		owner := object.GetOwnerReferences()[at]
		return owner.Kind + " " + owner.Name
	case object.GetAnnotations()[operatorOwners] != "":
		return "the annotation " + operatorOwners
	case object.GetLabels()[operatorCacheLabel] != "":
		return "the label " + operatorCacheLabel
	default:
		return ""
	}
}

// toolOf returns the tool that seems to manage an object, with what it calls that,
// or nothing.
func toolOf(object *unstructured.Unstructured) string {
	labels, annotations := object.GetLabels(), object.GetAnnotations()
	name := func(namespace, name string) string { return strings.Trim(namespace+"/"+name, "/") }
	switch {
	case annotations["meta.helm.sh/release-name"] != "":
		return "release " + name(annotations["meta.helm.sh/release-namespace"], annotations["meta.helm.sh/release-name"]) + " of Helm"
	case labels["kapp.k14s.io/app"] != "":
		return "app " + labels["kapp.k14s.io/app"] + " of kapp"
	case labels["kustomize.toolkit.fluxcd.io/name"] != "":
		return "Kustomization " + name(labels["kustomize.toolkit.fluxcd.io/namespace"], labels["kustomize.toolkit.fluxcd.io/name"]) + " of Flux"
	case labels["helm.toolkit.fluxcd.io/name"] != "":
		return "HelmRelease " + name(labels["helm.toolkit.fluxcd.io/namespace"], labels["helm.toolkit.fluxcd.io/name"]) + " of Flux"
	case annotations["argocd.argoproj.io/tracking-id"] != "":
		application, _, _ := strings.Cut(annotations["argocd.argoproj.io/tracking-id"], ":")
		return "application " + application + " of Argo CD"
	case labels["argocd.argoproj.io/instance"] != "":
		return "application " + labels["argocd.argoproj.io/instance"] + " of Argo CD"
	case labels["olm.managed"] == "true" || labels["olm.owner"] != "":
		return "the Operator Lifecycle Manager"
	case labels["app.kubernetes.io/managed-by"] != "":
		return labels["app.kubernetes.io/managed-by"]
	default:
		return ""
	}
}

// writersOf returns who has written to an object, as far as the server tells.
func writersOf(object *unstructured.Unstructured) string {
	var names []string
	for _, entry := range object.GetManagedFields() {
		if entry.Manager != "" && entry.Subresource == "" && !slices.Contains(names, entry.Manager) {
			names = append(names, entry.Manager)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// seemsToBe says for people whom an object belongs to.
func seemsToBe(object *unstructured.Unstructured) string {
	if tool := toolOf(object); tool != "" {
		return fmt.Sprintf("it seems to belong to %s", diagnosticText(tool))
	}
	if writers := writersOf(object); writers != "" {
		return fmt.Sprintf("it was written by %s", diagnosticText(writers))
	}
	return "nothing says who made it"
}

// diagnosticText makes text from a cluster safe for a terminal, and short.
func diagnosticText(text string) string {
	const longest = 400
	return plain.Line(text, longest)
}

// warning makes a finding a warning.
func warning(finding diagnostic.Diagnostic) diagnostic.Diagnostic {
	finding.Severity = diagnostic.Warning
	return finding
}
