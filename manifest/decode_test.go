package manifest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/manifest"
)

const header = "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\n"

func TestDecodeFindings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		input string
		want  []string // finding without message: file:line:column severity field code, then hint
	}{
		"unknown field with suggestion": {
			header + "metadata: {name: a}\nspec:\n  scope: [Cluster]\n",
			[]string{`m.yaml:5:3 warning spec.scope [manifest-unknown-field] did you mean "scopes"?`},
		},
		"field with the wrong case": {
			header + "metadata: {Name: a}\n",
			[]string{`m.yaml:3:12 warning metadata.Name [manifest-unknown-field] write "name"`},
		},
		"unknown field deep in a list": {
			header + "spec:\n  phases:\n  - name: a\n    clas: b\n",
			[]string{`m.yaml:6:5 warning spec.phases[0].clas [manifest-unknown-field] did you mean "class"?`},
		},
		"several wrong types": {
			header + "metadata: []\nspec:\n  phases: {}\n  scopes: [[]]\n",
			[]string{
				"m.yaml:3:11 error metadata [manifest-wrong-type] ",
				"m.yaml:5:11 error spec.phases [manifest-wrong-type] write [a, b], or each item on a line of its own after \"- \"",
				"m.yaml:6:12 error spec.scopes[0] [manifest-wrong-type] ",
			},
		},
		"duplicate key": {
			header + "metadata:\n  name: a\n  name: b\n",
			[]string{"m.yaml:5:3 error  [yaml-duplicate-key] remove one of them"},
		},
		"another version": {
			"apiVersion: manifests.package-operator.run/v1beta9\nkind: PackageManifest\n",
			[]string{"m.yaml:1:13 error apiVersion [manifest-unknown-version] known: v1alpha1; a newer packstage may read it"},
		},
		"another kind": {
			"apiVersion: manifests.package-operator.run/v1alpha1\nkind: ConfigMap\n",
			[]string{"m.yaml:2:7 error kind [manifest-unknown-version] the file begins with apiVersion: " + manifest.APIVersion + " and kind: PackageManifest"},
		},
		"empty": {
			"# nothing\n",
			[]string{"m.yaml:1 error apiVersion [manifest-unknown-version] the file begins with apiVersion: " + manifest.APIVersion + " and kind: PackageManifest"},
		},
		"two documents": {
			header + "---\na: 1\n",
			[]string{`m.yaml:4 error  [yaml-invalid] remove the second document or its "---"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			decoded, found := manifest.Decode("m.yaml", []byte(test.input))
			require.Equal(t, found.HasErrors(), decoded == nil)
			var got []string
			for _, d := range found {
				got = append(got, fmt.Sprintf("%s %s %s [%s] %s", d.Position, d.Severity, d.Field, d.Code, d.Hint))
			}
			require.Equal(t, test.want, got)
		})
	}
}

func TestDecodeReadsScalarsAsKubectl(t *testing.T) {
	t.Parallel()
	decoded, found := manifest.Decode("m.yaml", []byte(header+`metadata:
  name: 5
  labels: {a: y, b: 1.10, c: 1e3, y: z}
spec:
  components: {}
  config:
    openAPIV3Schema: {type: object, maxProperties: 3, properties: {y: {default: 1.5}}}
`))
	require.Empty(t, found)
	require.Equal(t, "5", decoded.Metadata.Name)
	require.Equal(t, map[string]string{"a": "true", "b": "1.1", "c": "1000", "true": "z"}, decoded.Metadata.Labels)
	require.NotNil(t, decoded.Spec.Components)
	require.Equal(t, map[string]any{
		"type": "object", "maxProperties": int64(3),
		"properties": map[string]any{"true": map[string]any{"default": 1.5}},
	}, decoded.Spec.Config.OpenAPIV3Schema)
}

func TestCanonicalJSONKeepsUnknownFields(t *testing.T) {
	t.Parallel()
	data, err := manifest.CanonicalJSON("m.yaml", []byte("b: <1>\na: {d: 2, c: y}\n"))
	require.NoError(t, err)
	require.Equal(t, `{"a":{"c":true,"d":2},"b":"<1>"}`, string(data))
}

func TestPositionOfMissingFieldIsItsParent(t *testing.T) {
	t.Parallel()
	data := []byte(header + "spec:\n  phases:\n  - name: a\n")
	require.Equal(t, "m.yaml:5:5", manifest.Position("m.yaml", data, "spec.phases[0].class").String())
}

func TestDecodeContext(t *testing.T) {
	t.Parallel()
	decoded, found := manifest.DecodeContext("c.yaml", []byte(`component: be
scope: Cluster
package: {image: i, metadata: {name: n, labels: {x: y}}}
config: {a: 1}
environment: {kubernetes: {version: v1.31.2}, hyperShift: {hostedCluster: {nodeSelector: {n: s}}}}
`))
	require.Empty(t, found)
	require.Equal(t, "be", decoded.Component)
	require.Equal(t, manifest.ScopeCluster, decoded.Scope)
	require.Equal(t, map[string]any{"a": int64(1)}, decoded.Config)
	require.Equal(t, map[string]string{"x": "true"}, decoded.Package.Metadata.Labels)
	require.Equal(t, map[string]string{"false": "s"}, decoded.Environment.HyperShift.HostedCluster.NodeSelector)
}

// FuzzDecode: decoding never panics, and what it accepts survives encoding.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(header + "metadata: {name: a}\nspec: {scopes: [Cluster], phases: [{name: x}]}\n"))
	f.Add([]byte(header + "spec: {filter: {paths: [{glob: '*', expression: 'true'}]}, components: {}}\n"))
	f.Add([]byte("apiVersion: v1\n---\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		decoded, found := manifest.Decode("m.yaml", data)
		if (decoded == nil) != found.HasErrors() {
			t.Fatalf("manifest %v with findings %v", decoded, found)
		}
		if decoded == nil {
			return
		}
		encoded, err := json.Marshal(decoded)
		if err != nil {
			t.Fatal(err)
		}
		again, found := manifest.Decode("m.yaml", encoded)
		if again == nil && !strings.Contains(string(encoded), `\`) {
			t.Fatalf("does not decode again: %v\n%s", found, encoded)
		}
	})
}
