package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
)

// packageRules are about the files and the manifest as a whole.
func packageRules() []Rule {
	return []Rule{{
		Code: "output-collision", Severity: warningSeverity,
		Summary:     "a template and a static file of one output name",
		Explanation: "The output of the template takes the place of the static file, whose objects are never installed. Rename one of them.",
		Example:     "service.yaml\nservice.yaml.gotmpl",
		Cure:        "service.yaml.gotmpl",
		Check:       outputCollision,
	}, {
		Code: "phase-empty", Severity: infoSeverity,
		Summary: "a phase without objects in any case",
		Explanation: "Installers skip it. A left-over, or objects are in another phase than they were meant to be, or no test " +
			"case renders what is in it.",
		Example: "phases: [{name: crds}, {name: deploy}]  # and nothing is in crds",
		Cure:    "phases: [{name: deploy}]",
		Check:   phaseEmpty,
	}, {
		Code: "test-case-missing", Severity: infoSeverity,
		Summary: "a package with configuration that has no test case",
		Explanation: "Only what is rendered can be looked at: with the defaults alone, branches stay unseen, by lint too. " +
			"Add cases to `test.template` or `.packstage/test.yaml`.",
		Example: "spec:\n  config: {openAPIV3Schema: {...}}  # and no test.template",
		Cure:    "test:\n  template:\n  - name: default\n    context: {package: {metadata: {name: shop, namespace: shop}}}",
		Check:   testCaseMissing,
	}}
}

func outputCollision(s *Subject) []Finding {
	var found []Finding
	for _, path := range s.Package.Files.Paths() {
		template := path + templateSuffix
		if _, ok := s.Package.Files.Read(template); !ok {
			continue
		}
		found = append(found, Finding{Diagnostic: diagnostic.Diagnostic{
			Position: diagnostic.Position{File: path, Line: 1, Column: 1},
			Message:  fmt.Sprintf("the output of %s takes the place of this file", template), Hint: "rename or remove one of them",
		}})
	}
	return found
}

func phaseEmpty(s *Subject) []Finding {
	if len(s.Instances) == 0 {
		return nil
	}
	used := map[string]bool{}
	for _, instance := range s.Instances {
		for _, object := range instance.Objects {
			used[object.Phase] = true
		}
	}
	if len(used) == 0 && len(s.Package.Components) > 0 {
		return nil // a manifest must have a phase, also where all objects are in components
	}
	var found []Finding
	for k, phase := range s.Package.Manifest.Spec.Phases {
		if !used[phase.Name] {
			found = append(found, s.Find(fmt.Sprintf("no object is in the phase %q%s", phase.Name, casesRendered(s)), "", "spec", "phases", k, "name"))
		}
	}
	return found
}

func testCaseMissing(s *Subject) []Finding {
	schema := s.Package.Manifest.Spec.Config.OpenAPIV3Schema
	if s.Suite == nil || len(mapAt(schema, "properties")) == 0 || len(s.templates.files) == 0 {
		return nil
	}
	if slices.ContainsFunc(s.Faults, func(d diagnostic.Diagnostic) bool { return d.Code == diagnostic.TemplatesNotRendered }) {
		return nil // that says so, too
	}
	for _, c := range s.Suite.Cases {
		if c.Origin != matrix.FromDefaults {
			return nil
		}
	}
	return []Finding{s.Find("the package has a configuration, and no test case", "add one to test.template, or to "+strings.TrimPrefix(matrix.File, "./"),
		"spec", "config", "openAPIV3Schema")}
}
