package validate

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/Masterminds/semver/v3"
	"github.com/gobwas/glob"
	"github.com/google/go-containerregistry/pkg/name"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/lazyregexp"
	"github.com/packstage/packstage/manifest"
)

// PackageRules returns the rules for a package that need no rendering:
// manifest and lock. Expressions and the configuration schema are
// checked where they are compiled.
func PackageRules() []Rule {
	return []Rule{
		RuleFunc(checkMetadata), RuleFunc(checkScopes), RuleFunc(checkPhases), RuleFunc(checkProbes),
		RuleFunc(checkImages), RuleFunc(checkFilter), RuleFunc(checkConstraints),
		RuleFunc(checkRepositories), RuleFunc(checkDependencies), RuleFunc(checkTests),
		RuleFunc(checkLock),
	}
}

// findings collects findings about fields of the manifest.
type findings struct{ list diagnostic.Diagnostics }

func (f *findings) add(severity diagnostic.Severity, code diagnostic.Code, message, hint string, field ...any) {
	f.list = append(f.list, diagnostic.Diagnostic{
		Code: code, Severity: severity, Field: diagnostic.FieldPath(field...), Message: message, Hint: hint,
	})
}

func (f *findings) required(field ...any) {
	f.add(diagnostic.Error, diagnostic.ManifestRequired, "is required", "", field...)
}

func (f *findings) invalid(message, hint string, field ...any) {
	f.add(diagnostic.Error, diagnostic.ManifestInvalidValue, message, hint, field...)
}

// unique reports a name that is missing or was there before.
func (f *findings) unique(seen map[string]int, value string, index int, field ...any) {
	if value == "" {
		f.required(field...)
		return
	}
	if first, ok := seen[value]; ok {
		f.add(diagnostic.Error, diagnostic.ManifestDuplicateName,
			fmt.Sprintf("%q is the name of entry %d already", value, first), "names are unique", field...)
		return
	}
	seen[value] = index
}

func checkMetadata(subject Subject) diagnostic.Diagnostics {
	var f findings
	name := subject.Package.Manifest.Metadata.Name
	if name == "" {
		f.required("metadata", "name")
	}
	if component := subject.Package.Component; component != "" {
		for _, problem := range validation.IsValidLabelValue(component) {
			f.list = append(f.list, diagnostic.Diagnostic{
				Code: diagnostic.ManifestInvalidValue, Position: diagnostic.Position{File: subject.Package.ManifestPath},
				Message: fmt.Sprintf("the name of the component's folder is used as a label value: %s", problem),
				Hint:    "rename the folder",
			})
		}
	}
	for _, problem := range validation.IsValidLabelValue(name) {
		f.invalid("is used as a label value: "+problem, "", "metadata", "name")
	}
	return f.list
}

func checkScopes(subject Subject) diagnostic.Diagnostics {
	var f findings
	scopes := subject.Package.Manifest.Spec.Scopes
	if len(scopes) == 0 {
		f.add(diagnostic.Error, diagnostic.ManifestRequired, "is required",
			"list Cluster, Namespaced or both", "spec", "scopes")
	}
	for i, scope := range scopes {
		if scope != manifest.ScopeCluster && scope != manifest.ScopeNamespaced {
			f.invalid(fmt.Sprintf("unknown scope %q", scope),
				diagnostic.DidYouMean(string(scope), []string{string(manifest.ScopeCluster), string(manifest.ScopeNamespaced)}),
				"spec", "scopes", i)
		}
	}
	return f.list
}

func checkPhases(subject Subject) diagnostic.Diagnostics {
	var f findings
	phases := subject.Package.Manifest.Spec.Phases
	if len(phases) == 0 {
		f.required("spec", "phases")
	}
	seen := map[string]int{}
	for i, phase := range phases {
		f.unique(seen, phase.Name, i, "spec", "phases", i, "name")
		if !readable(phase.Name) {
			f.add(diagnostic.Warning, diagnostic.ManifestInvalidValue,
				fmt.Sprintf("%q has white space around it, or characters that cannot be seen", phase.Name),
				"objects have to name the phase by exactly this text", "spec", "phases", i, "name")
		}
	}
	return f.list
}

// readable reports whether a name is the text that a person takes it for.
func readable(name string) bool {
	unseen := func(r rune) bool { return !unicode.IsPrint(r) }
	return name == strings.TrimSpace(name) && !strings.ContainsFunc(name, unseen)
}

func checkProbes(subject Subject) diagnostic.Diagnostics {
	var f findings
	for i, availability := range subject.Package.Manifest.Spec.AvailabilityProbes {
		at := []any{"spec", "availabilityProbes", i}
		if len(availability.Probes) == 0 {
			f.required(append(at, "probes")...)
		}
		if availability.Selector.Kind == nil && availability.Selector.Selector == nil {
			f.add(diagnostic.Warning, diagnostic.ManifestRequired, "selects every object",
				"name a kind or a label selector", append(at, "selector")...)
		}
		if kind := availability.Selector.Kind; kind != nil && kind.Kind == "" {
			f.required(append(at, "selector", "kind", "kind")...)
		}
		for j, probe := range availability.Probes {
			f.checkProbe(probe, append(at, "probes", j))
		}
	}
	return f.list
}

func (f *findings) checkProbe(probe manifest.Probe, at []any) {
	at = at[:len(at):len(at)]
	set := 0
	need := func(value string, field ...any) {
		if value == "" {
			f.required(append(at, field...)...)
		}
	}
	if probe.Condition != nil {
		set++
		need(probe.Condition.Type, "condition", "type")
		need(probe.Condition.Status, "condition", "status")
	}
	if probe.FieldsEqual != nil {
		set++
		need(probe.FieldsEqual.FieldA, "fieldsEqual", "fieldA")
		need(probe.FieldsEqual.FieldB, "fieldsEqual", "fieldB")
	}
	if probe.FieldValue != nil {
		set++
		need(probe.FieldValue.FieldPath, "fieldValue", "fieldPath")
	}
	if probe.CEL != nil {
		set++
		need(probe.CEL.Rule, "cel", "rule")
	}
	if set != 1 {
		f.add(diagnostic.Warning, diagnostic.ManifestInvalidValue, fmt.Sprintf("has %d of the four kinds of probe", set),
			"a probe is exactly one of condition, fieldsEqual, fieldValue, cel", at...)
	}
}

// conditionName is what can follow "cond." in CEL.
var conditionName = lazyregexp.New(`^[_a-zA-Z][_a-zA-Z0-9]*$`)

func checkFilter(subject Subject) diagnostic.Diagnostics {
	var f findings
	filter := subject.Package.Manifest.Spec.Filter
	seen := map[string]int{}
	for i, condition := range filter.Conditions {
		f.unique(seen, condition.Name, i, "spec", "filter", "conditions", i, "name")
		if condition.Name != "" && !conditionName().MatchString(condition.Name) {
			f.invalid(fmt.Sprintf("%q cannot be used as cond.<name>", condition.Name),
				"use letters, digits and '_', not beginning with a digit", "spec", "filter", "conditions", i, "name")
		}
	}
	for i, path := range filter.Paths {
		if path.Glob == "" {
			f.required("spec", "filter", "paths", i, "glob")
		} else if _, err := glob.Compile(path.Glob, '/'); err != nil {
			f.invalid(fmt.Sprintf("glob does not compile: %v", err), "", "spec", "filter", "paths", i, "glob")
		}
	}
	return f.list
}

func checkConstraints(subject Subject) diagnostic.Diagnostics {
	var f findings
	known := []string{string(manifest.PlatformKubernetes), string(manifest.PlatformOpenShift)}
	platform := func(value manifest.Platform, field ...any) {
		if value != manifest.PlatformKubernetes && value != manifest.PlatformOpenShift {
			f.invalid(fmt.Sprintf("unknown platform %q", value), diagnostic.DidYouMean(string(value), known), field...)
		}
	}
	for i, constraint := range subject.Package.Manifest.Spec.Constraints {
		at := []any{"spec", "constraints", i}
		for j, value := range constraint.Platform {
			platform(value, append(at, "platform", j)...)
		}
		if version := constraint.PlatformVersion; version != nil {
			platform(version.Name, append(at, "platformVersion", "name")...)
			f.versionRange(version.Range, append(at, "platformVersion", "range")...)
		}
	}
	return f.list
}

func (f *findings) versionRange(value string, field ...any) {
	if value == "" {
		f.required(field...)
		return
	}
	if _, err := semver.NewConstraint(value); err != nil {
		f.invalid(fmt.Sprintf("%q is not a semantic version range", value), `for example ">=1.28.0" or "^2.1"`, field...)
	}
}

func checkRepositories(subject Subject) diagnostic.Diagnostics {
	var f findings
	for i, repository := range subject.Package.Manifest.Spec.Repositories {
		if (repository.File == "") == (repository.Image == "") {
			f.invalid("needs exactly one of file and image", "", "spec", "repositories", i)
		}
	}
	return f.list
}

func checkDependencies(subject Subject) diagnostic.Diagnostics {
	var f findings
	seen := map[string]int{}
	for i, dependency := range subject.Package.Manifest.Spec.Dependencies {
		at := []any{"spec", "dependencies", i, "image"}
		if dependency.Image == nil {
			f.required(at...)
			continue
		}
		f.unique(seen, dependency.Image.Name, i, append(at, "name")...)
		if dependency.Image.Package == "" {
			f.required(append(at, "package")...)
		}
		f.versionRange(dependency.Image.Range, append(at, "range")...)
	}
	return f.list
}

func checkTests(subject Subject) diagnostic.Diagnostics {
	var f findings
	seen := map[string]int{}
	for i, test := range subject.Package.Manifest.Test.Template {
		f.unique(seen, test.Name, i, "test", "template", i, "name")
	}
	return f.list
}

func checkImages(subject Subject) diagnostic.Diagnostics {
	var f findings
	seen := map[string]int{}
	for i, image := range subject.Package.Manifest.Spec.Images {
		f.unique(seen, image.Name, i, "spec", "images", i, "name")
		if image.Image == "" {
			f.required("spec", "images", i, "image")
		} else if _, err := name.ParseReference(image.Image); err != nil {
			f.invalid(fmt.Sprintf("%q is not an image reference", image.Image), "", "spec", "images", i, "image")
		}
	}
	return f.list
}
