package coverage_test

import (
	"bytes"
	"context"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/coverage"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

const smallManifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: small}
spec:
  scopes: [Namespaced]
  phases: [{name: deploy}]
  config:
    openAPIV3Schema: {type: object, properties: {a: {type: boolean, default: true}}}
  availabilityProbes:
  - probes: [{condition: {type: Available, status: "True"}}]
    selector: {kind: {group: apps, kind: Deployment}}
`

// recordFiles renders a package with its defaults and returns what that reaches.
func recordFiles(t *testing.T, files map[string]string) *coverage.Profile {
	t.Helper()
	folder := fstest.MapFS{"manifest.yaml": {Data: []byte(smallManifest)}}
	for path, content := range files {
		folder[path] = &fstest.MapFile{Data: []byte(content)}
	}
	pkg, err := packageloader.Load(context.Background(), packageloader.FromFS(folder), packageloader.LoadOptions{})
	require.NoError(t, err)
	renderer, err := packageloader.Compile(pkg, packageloader.Options{})
	require.NoError(t, err)
	recorder := coverage.NewRecorder(renderer)
	_, _ = recorder.Render(context.Background(), "defaults", packagetypes.Context{})
	return recorder.Profile()
}

func TestFindings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"everything": {map[string]string{"a.gotmpl": "{{ .package.metadata.name }}"}, nil},
		"the outermost only": {
			map[string]string{"a.gotmpl": "{{ if not .config.a }}{{ range .config.l }}{{ .x }}{{ end }}{{ end }}"},
			[]string{"a.gotmpl:1:4 coverage-branch of 4 more points inside, none is reached", "manifest.yaml:8:53 coverage-property "},
		},
		"cel once": {
			map[string]string{"a.gotmpl": "{{ if cel \"config.a\" }}x{{ end }}"},
			[]string{"a.gotmpl:1:4 coverage-branch ", "manifest.yaml:8:53 coverage-property "},
		},
		"cel that decides nothing": {
			map[string]string{"a.gotmpl": "{{ cel \"config.a\" }}"},
			[]string{"a.gotmpl:1:4 coverage-condition ", "manifest.yaml:8:53 coverage-property "},
		},
		"constant condition": {map[string]string{"a.gotmpl": "{{ cel \"1 < 2\" }}"}, nil},
		"behind break":       {map[string]string{"a.gotmpl": "{{ range list 1 }}{{ break }}{{ . }}{{ end }}"}, []string{"a.gotmpl:1:33 coverage-action "}},
		"helpers that nobody uses": {
			map[string]string{"_h.gotmpl": "{{ define \"x\" }}{{ .config.a }}{{ end }}", "a.gotmpl": ""},
			[]string{"_h.gotmpl:1:1 coverage-file add a case that uses what it defines"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, finding := range recordFiles(t, test.files).Findings() {
				got = append(got, finding.Position.String()+" "+string(finding.Code)+" "+finding.Hint)
			}
			require.Equal(t, test.want, got)
		})
	}
}

func TestTableOfSeveral(t *testing.T) {
	t.Parallel()
	one := recordFiles(t, map[string]string{"a.gotmpl": "{{ .package.metadata.name }}"})
	two := recordFiles(t, map[string]string{"a.gotmpl": "{{ if .config.a }}x{{ end }}"})
	two.Packages[0].Component = "other"
	both, err := coverage.Merge(two, one)
	require.NoError(t, err)
	var table bytes.Buffer
	require.NoError(t, both.WriteTable(&table))
	require.Equal(t, `package small
FILE      POINTS  REACHED  NOT REACHED
a.gotmpl  1/1     100.0 %
total     1/1     100.0 %
100.0 %, actions 1/1, files 1/1, properties 0/1, properties varied 0/1
properties not reached: config.a

component other
FILE      POINTS  REACHED  NOT REACHED
a.gotmpl  2/3     66.6 %   line 1
total     2/3     66.6 %
66.6 %, actions 1/1, branches 1/2, files 1/1, properties 1/1, properties varied 0/1
properties never set to anything but the default: config.a

all: 75.0 %, actions 2/2, branches 1/2, files 2/2, properties 1/2, properties varied 0/2
`, table.String())
}
