package kubernetes

import (
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/schema"
)

// schemaFaults returns what Kubernetes has against the schemas in a
// CustomResourceDefinition, beside what its own schema says.
func (k *customKind) schemaFaults() []fault {
	var found []fault
	for i, version := range k.versions {
		// Versions that share a schema have its faults once.
		shared := i > 0 && slices.Equal(version.path, k.versions[i-1].path)
		if version.schema == nil || shared {
			continue
		}
		at := schema.NewPath()
		for _, step := range version.path {
			switch step := step.(type) {
			case int:
				at = at.Index(step)
			case string:
				at = at.Child(step)
			}
		}
		parsed, findings := schema.Parse(version.schema, at)
		if !findings.HasErrors() {
			findings = append(findings, schema.Check(parsed, at)...)
		}
		for _, d := range findings {
			if d.Code == diagnostic.SchemaUnknownKeyword {
				continue // an unknown field of the object
			}
			found = append(found, fault{
				code: diagnostic.ObjectSchemaUnusable, severity: d.Severity, path: diagnostic.ParseFieldPath(d.Field),
				message: d.Message, hint: d.Hint,
			})
		}
	}
	return found
}

// beside returns the faults of a schema whose place has no other fault yet.
func beside(known, faults []fault) []fault {
	taken := map[string]bool{}
	for _, f := range known {
		taken[diagnostic.FieldPath(f.path...)] = true
	}
	return slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return taken[diagnostic.FieldPath(f.path...)] })
}
