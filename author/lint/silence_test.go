package lint_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

// deployment is a template whose container has no resources and runs latest.
const deployment = `%HEAD%
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
  annotations: {package-operator.run/phase: first}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata:
      labels: {app: api}
    spec:
      containers:
%BEFORE%
      - name: api
        image: registry.example.com/api:latest%BEHIND%
`

func packageWith(head, before, behind string) fstest.MapFS {
	text := deployment
	for mark, value := range map[string]string{"%HEAD%": head, "%BEFORE%": before, "%BEHIND%": behind} {
		text = replaceOnce(text, mark, value)
	}
	return fstest.MapFS{
		"manifest.yaml":      {Data: []byte(usualManifest)},
		"api.yaml.gotmpl":    {Data: []byte(text)},
		"manifest.lock.yaml": {Data: []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\nspec: {images: []}\n")},
	}
}

func codesOf(result *lint.Result) []string {
	var found []string
	for _, finding := range result.Findings {
		found = append(found, string(finding.Code))
	}
	return found
}

// only are the rules that the package of these tests breaks, and those about
// silencing.
func only() lint.Options {
	return lint.Options{Only: []diagnostic.Code{"container-resources", "image-tag", "ignore-unused", "ignore-unknown"}}
}

func TestComments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		head, before, behind string
		want                 []string
	}{
		"none":                   {want: []string{"container-resources", "image-tag"}},
		"line before":            {before: "      # packstage:ignore container-resources why", want: []string{"image-tag"}},
		"through comments":       {before: "      # packstage:ignore container-resources why\n      # more", want: []string{"image-tag"}},
		"template comment":       {before: "      {{- /* packstage:ignore container-resources why */}}", want: []string{"image-tag"}},
		"same line":              {behind: " # packstage:ignore image-tag why", want: []string{"container-resources"}},
		"not behind":             {behind: "\n        # packstage:ignore image-tag why", want: []string{"container-resources", "image-tag", "ignore-unused"}},
		"head":                   {head: "# packstage:ignore image-tag,container-resources why", want: nil},
		"head in a template":     {head: "{{/* packstage:ignore image-tag */}}\n---", want: []string{"container-resources"}},
		"head of the document":   {head: "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a, namespace: shop, annotations: {package-operator.run/phase: first}}\n---\n# packstage:ignore image-tag,container-resources why", want: nil},
		"of another document":    {head: "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a, namespace: shop, annotations: {package-operator.run/phase: first}}\n---\n# packstage:ignore image-tag\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: b, namespace: shop, annotations: {package-operator.run/phase: first}}\n---", want: []string{"ignore-unused", "container-resources", "image-tag"}},
		"no comment":             {behind: "\n        args: [\"packstage:ignore image-tag\"]", want: []string{"container-resources", "image-tag"}},
		"commas and blanks":      {head: "# packstage:ignore image-tag, container-resources why", want: nil},
		"about the marker":       {head: "# write packstage:ignore CODE to silence", want: []string{"container-resources", "image-tag"}},
		"unknown":                {head: "# packstage:ignore image-tags", want: []string{"ignore-unknown", "container-resources", "image-tag"}},
		"without a code":         {head: "# packstage:ignore", want: []string{"container-resources", "image-tag"}},
		"several, one of no use": {before: "      # packstage:ignore container-resources,image-tag why", want: []string{"ignore-unused", "image-tag"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.ElementsMatch(t, c.want, codesOf(run(t, packageWith(c.head, c.before, c.behind), only())))
		})
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings string
		want     []string
		errors   int
		faults   string
	}{
		"off":               {settings: "rules: {image-tag: off}", want: []string{"container-resources"}},
		"severity":          {settings: "rules: {image-tag: error}", want: []string{"container-resources", "image-tag"}, errors: 1},
		"path":              {settings: "ignore: [{codes: [image-tag], paths: [\"*.gotmpl\"], reason: x}]", want: []string{"container-resources"}},
		"object":            {settings: "ignore: [{codes: [image-tag, container-resources], objects: [\"Deployment/*\"]}]", want: nil},
		"object, namespace": {settings: "ignore: [{codes: [image-tag], objects: [\"*/shop/api\"]}]", want: []string{"container-resources"}},
		"other object":      {settings: "ignore: [{codes: [image-tag], objects: [Job/api], paths: [\"**\"]}]", want: []string{"container-resources", "image-tag", "ignore-unused"}},
		"unknown severity":  {settings: "rules: {image-tag: fatal}", faults: "is none of off, info, warning and error"},
		"unknown field":     {settings: "rule: {}", faults: `did you mean "rules"?`},
		"no place":          {settings: "ignore: [{codes: [image-tag]}]", faults: "says nothing about where"},
		"no code":           {settings: "ignore: [{paths: [a]}]", faults: "codes is missing"},
		"bad glob":          {settings: "ignore: [{codes: [image-tag], paths: [\"[\"]}]", faults: "does not parse"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := packageWith("", "", "")
			files[lint.File] = &fstest.MapFile{Data: []byte(c.settings + "\n")}
			options := only()
			options.Only = nil
			options.Disable = []diagnostic.Code{"image-unlocked", "phase-empty", "workload-without-probe"}
			result := run(t, files, options)
			if c.faults != "" {
				require.Len(t, result.Faults, 1)
				assert.Contains(t, result.Faults[0].Error(), c.faults)
				assert.Equal(t, diagnostic.LintFileInvalid, result.Faults[0].Code)
				assert.Equal(t, 1, result.Faults[0].Position.Line)
				return
			}
			assert.ElementsMatch(t, c.want, codesOf(result))
			assert.Len(t, result.Diagnostics().WithSeverity(diagnostic.Error), c.errors)
		})
	}
}

// Where something cannot be looked at, nobody knows what a comment silences: it stays.
func TestBrokenPackagesKeepComments(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"does not parse":  "{{ if }}",
		"does not render": "{{ fail \"no\" }}",
		"is no object":    "a: b",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := packageWith("", "      # packstage:ignore container-resources why", "")
			files["broken.yaml.gotmpl"] = &fstest.MapFile{Data: []byte(text + "\n")}
			files[lint.File] = &fstest.MapFile{Data: []byte("ignore: [{codes: [image-tag], paths: [\"*\"]}]\n")}
			result := run(t, files, lint.Options{})
			assert.NotEmpty(t, result.Faults)
			assert.NotContains(t, codesOf(result), "ignore-unused")
			assert.Empty(t, fix(t, files, lint.Options{}).Changes)
		})
	}
}

// A comment is removed as a whole, so only where all of its codes are of no use.
func TestOnlyCommentsOfNoUseAreRemoved(t *testing.T) {
	t.Parallel()
	for comment, removed := range map[string]bool{
		"image-name-invalid why":             true,
		"image-name-invalid,host-access why": true,
		"image-name-invalid,image-tags":      false,
		"image-name-invalid,image-tag":       false,
		"host-access,config-undescribed":     false, // the latter is off
		"container-resources":                false,
		"host-access,image-unlocked":         false, // the latter is not run
	} {
		files := packageWith("", "      # packstage:ignore "+comment, "")
		files["api.yaml.gotmpl"].Data = []byte(replaceOnce(string(files["api.yaml.gotmpl"].Data), "- name: api\n        image: registry.example.com/api:latest", "- image: registry.example.com/api:latest\n        name: api"))
		files[lint.File] = &fstest.MapFile{Data: []byte("rules: {config-undescribed: off}\n")}
		fixed := fix(t, files, lint.Options{Disable: []diagnostic.Code{"image-unlocked"}})
		assert.Equal(t, removed, len(fixed.Changes) == 1, comment)
	}
}

// A rule that is asked for by name runs, whatever the settings say.
func TestOnlyWinsOverOff(t *testing.T) {
	t.Parallel()
	files := packageWith("", "", "")
	files[lint.File] = &fstest.MapFile{Data: []byte("rules: {image-tag: off}\n")}
	assert.Equal(t, []string{"image-tag"}, codesOf(run(t, files, lint.Options{Only: []diagnostic.Code{"image-tag"}})))
}

// The settings of the root hold for components; those of a component win.
func TestSettingsOfComponents(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"manifest.yaml": {Data: []byte(usualManifest + "  components: {}\n")},
		lint.File:       {Data: []byte("rules: {image-tag: off}\nignore:\n- {codes: [container-resources], paths: [components/one/**]}\n")},
	}
	for _, component := range []string{"one", "two"} {
		for name, file := range packageWith("", "", "") {
			files["components/"+component+"/"+name] = file
		}
	}
	files["components/two/"+lint.File] = &fstest.MapFile{Data: []byte("rules: {image-tag: info}\n")}
	result := run(t, files, lint.Options{Disable: []diagnostic.Code{"image-unlocked", "phase-empty", "probe-matches-nothing"}})
	require.Len(t, result.Findings, 2)
	for _, finding := range result.Findings {
		assert.Equal(t, "two", finding.Component)
	}
	assert.Equal(t, 1, result.Silenced)
}

func TestUnknownRule(t *testing.T) {
	t.Parallel()
	_, err := lint.Run(t.Context(), packageloader.FromFS(packageWith("", "", "")), lint.Options{Only: []diagnostic.Code{"image-tags"}})
	var unknown *lint.UnknownRuleError
	require.ErrorAs(t, err, &unknown)
	assert.EqualError(t, err, `there is no rule "image-tags"; did you mean "image-tag"?`)
}
