package kubernetes

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/openapischema"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// checkRun is the check of one instance.
type checkRun struct {
	*Checker
	said    *settings
	release int
	subject validate.Subject
	kinds   map[schema.GroupKind]definedKind
	found   diagnostic.Diagnostics
	// definitions are those of the release.
	definitions *definitions
	// path has room for the paths of walks.
	path []step
	// missing has the kinds without a schema that were reported.
	missing map[schema.GroupVersionKind]bool
}

// object checks one object.
func (r *checkRun) object(object packagetypes.Object) {
	content, gvk := object.Content(), object.GroupVersionKind()
	if defined, ok := r.kinds[gvk.GroupKind()]; ok {
		version := defined.kind.version(gvk.Version)
		if version == nil || !version.served {
			r.report(object, []fault{{
				code: diagnostic.ObjectSchemaMissing, path: []any{"apiVersion"},
				message: fmt.Sprintf("the CustomResourceDefinition in the package does not serve the version %q", gvk.Version),
				hint:    "served: " + strings.Join(defined.kind.servedVersions(), ", "),
			}})
			return
		}
		r.report(object, append(version.check(content, "the package"), r.metadata(content)...))
		return
	}
	for _, schemas := range r.schemas {
		if found, ok := schemas.check(gvk, content); ok {
			r.report(object, append(found, r.metadata(content)...))
			return
		}
	}
	if definition, ok := r.builtin.definitionOf(r.release, gvk); ok {
		found := r.walk(definition, content, gvk)
		if isDefinition(content) {
			found = append(found, beside(found, r.define(content).faults())...)
		}
		r.report(object, found)
		return
	}
	for _, location := range r.said.locations {
		if found, ok := location.check(r.versionText(), gvk, content); ok {
			r.report(object, append(found, r.metadata(content)...))
			return
		}
	}
	if nearby := r.nearby(); nearby != nil {
		if found, ok := nearby.check(gvk, content); ok {
			r.report(object, append(found, r.metadata(content)...))
			return
		}
	}
	r.withoutSchema(object, gvk)
}

func (r *checkRun) versionText() string {
	if len(r.builtin.versions) == 0 {
		return strings.TrimPrefix(r.version, "v")
	}
	return r.builtin.versions[r.release]
}

// newWalk returns a walk; there is one at a time.
func (r *checkRun) newWalk() *walk {
	return &walk{definitions: r.definitions, faults: faults{path: r.path[:0]}}
}

// walk checks content by a definition of the catalog.
func (r *checkRun) walk(definition string, content map[string]any, gvk schema.GroupVersionKind) []fault {
	w := r.newWalk()
	w.secret = gvk.Kind == "Secret" && gvk.Group == ""
	w.definition(definition, content)
	if w.failed != nil {
		return []fault{unusable("the program", w.failed.Error())}
	}
	return w.found
}

// metadata checks the metadata of a custom resource.
func (r *checkRun) metadata(content map[string]any) []fault {
	if len(r.builtin.versions) == 0 {
		return nil
	}
	w := r.newWalk()
	w.enter("metadata")
	w.definition(openapischema.MetadataDefinition, content["metadata"])
	return w.found
}

// mostFaults is how many faults of one object are shown.
const mostFaults = 100

// report adds the faults of an object to the findings, with their positions.
func (r *checkRun) report(object packagetypes.Object, faults []fault) {
	slices.SortStableFunc(faults, func(a, b fault) int {
		return strings.Compare(diagnostic.FieldPath(a.path...)+" "+a.message, diagnostic.FieldPath(b.path...)+" "+b.message)
	})
	if left := len(faults) - mostFaults; left > 0 {
		faults = append(faults[:mostFaults:mostFaults], fault{code: diagnostic.ObjectInvalidField, message: fmt.Sprintf("has %d more faults", left)})
	}
	for _, f := range faults {
		r.found = append(r.found, r.diagnostic(object, f))
	}
}

// diagnostic is the finding for a fault of an object.
func (r *checkRun) diagnostic(object packagetypes.Object, f fault) diagnostic.Diagnostic {
	d := diagnostic.Diagnostic{
		Code: f.code, Severity: f.severity, Field: diagnostic.FieldPath(f.path...), Hint: f.hint,
		Message: describe(object) + ": " + f.message,
	}
	if r.asWarnings {
		d.Severity = max(d.Severity, diagnostic.Warning)
	}
	if f.atKey {
		d.Position = r.subject.KeyPosition(object, f.path...)
	} else {
		d.Position = r.subject.ValuePosition(object, f.path...)
	}
	return d
}

// describe names an object in messages.
func describe(object packagetypes.Object) string {
	kind, name := object.GroupVersionKind().Kind, object.Name()
	if namespace := object.Namespace(); namespace != "" {
		name = namespace + "/" + name
	}
	return fmt.Sprintf("%s %q", kind, name)
}
