package kubernetes

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/openapischema"
	"github.com/packstage/packstage/packagetypes"
)

// withoutSchema reports a kind that there is no schema for, at its first object.
func (r *checkRun) withoutSchema(object packagetypes.Object, gvk schema.GroupVersionKind) {
	if r.missing[gvk] {
		return
	}
	r.missing[gvk] = true
	f := fault{
		code: diagnostic.ObjectSchemaMissing, severity: diagnostic.Warning, path: []any{"kind"},
		message: fmt.Sprintf("there is no schema of %s %s; its objects are not checked", gvk.GroupVersion(), gvk.Kind),
		hint:    "put its CustomResourceDefinition into .packstage/schemas, or name where it is with --schema",
	}
	if served := r.builtin.ServedBy(gvk); len(served) > 0 {
		f.path = []any{"apiVersion"}
		f.message = fmt.Sprintf("Kubernetes %s does not serve %s %s", shortVersion(r.versionText()), gvk.GroupVersion(), gvk.Kind)
		f.hint = r.elsewhere(gvk, served)
	} else if r.isBuiltinGroup(gvk.Group) {
		f.message = fmt.Sprintf("Kubernetes %s has no %s %s", shortVersion(r.versionText()), gvk.GroupVersion(), gvk.Kind)
		f.hint = r.similar(gvk)
	}
	// Nothing of this is about the one object: other renders may begin with another.
	d := r.diagnostic(object, f)
	d.Message = f.message
	r.found = append(r.found, d)
}

// elsewhere says which releases serve a kind, and which version of it this one
// has.
func (r *checkRun) elsewhere(gvk schema.GroupVersionKind, served []string) string {
	hint := "Kubernetes " + shortVersion(served[0])
	if last := served[len(served)-1]; last != served[0] {
		hint += " to " + shortVersion(last)
	}
	switch {
	case len(served) == 1:
		hint += " does"
	default:
		hint += " do"
	}
	if versions := r.versionsOf(gvk.GroupKind()); len(versions) > 0 {
		hint += "; here it is " + strings.Join(versions, " or ")
	}
	return hint
}

// versionsOf returns the versions in which the chosen release serves a kind.
func (r *checkRun) versionsOf(kind schema.GroupKind) []string {
	var versions []string
	for _, known := range r.builtin.Kinds(r.versionText()) {
		if known.GroupKind() == kind {
			versions = append(versions, known.GroupVersion().String())
		}
	}
	return versions
}

// isBuiltinGroup tells whether a group is one of Kubernetes.
func (r *checkRun) isBuiltinGroup(group string) bool {
	return slices.ContainsFunc(r.builtin.kinds, func(k openapischema.PackedKind) bool { return k.Group == group })
}

// similar says what may be meant by a kind that Kubernetes does not have.
func (r *checkRun) similar(gvk schema.GroupVersionKind) string {
	if versions := r.versionsOf(gvk.GroupKind()); len(versions) > 0 {
		return "it has " + strings.Join(versions, " and ")
	}
	var kinds []string
	for _, known := range r.builtin.Kinds(r.versionText()) {
		if known.GroupVersion() == gvk.GroupVersion() {
			kinds = append(kinds, known.Kind)
		}
		if known.Kind == gvk.Kind {
			return fmt.Sprintf("%s is in %s", gvk.Kind, known.GroupVersion())
		}
	}
	return diagnostic.DidYouMean(gvk.Kind, kinds)
}
