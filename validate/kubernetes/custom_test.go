package kubernetes_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/validate/kubernetes"
)

// widgets defines the kind Widget, in two versions of which one is served.
const widgets = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
  annotations: {package-operator.run/phase: deploy}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, maximum: 10}
              colour: {type: string, enum: [red, green]}
              name: {type: string, pattern: "^[a-z]+$"}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              port: {x-kubernetes-int-or-string: true}
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [id]
                items:
                  type: object
                  required: [id]
                  properties:
                    id: {type: string}
                    weight: {type: integer, format: int32, nullable: true}
              template: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
              min: {type: integer}
              max: {type: integer}
            x-kubernetes-validations:
            - rule: "!has(self.min) || !has(self.max) || self.min <= self.max"
              message: min must not exceed max
          status:
            type: object
            properties: {ready: {type: boolean}}
  - name: v1alpha1
    served: false
    storage: false
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

var customFaults = []struct {
	name, object, want string
}{
	{"valid", object("example.com/v1", "Widget", "spec: {size: 3, colour: red, free: {a: {b: 1}}, port: http, parts: [{id: a}, {id: b, weight: null}]}\n"), ``},
	{"unknown field", object("example.com/v1", "Widget", "spec:\n  size: 3\n  color: red\n"), `x.yaml:8:3 error unknown-field: Widget "x": unknown field "color" (did you mean "colour"?)`},
	{"unknown field of the root", object("example.com/v1", "Widget", "spec: {size: 3}\ndata: {}\n"), `x.yaml:7:1 error unknown-field: Widget "x": unknown field "data" (known: apiVersion, kind, metadata, spec, status)`},
	{"unknown field of metadata", "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: x\n  namespce: y\n  annotations: {package-operator.run/phase: deploy}\nspec: {size: 3}\n", `x.yaml:5:3 error unknown-field: Widget "x": unknown field "namespce" (did you mean "namespace"?)`},
	{"missing", object("example.com/v1", "Widget", "spec: {colour: red}\n"), `x.yaml:6:1 error required-field: Widget "x": size is required (expects an integer)`},
	{"missing specification", object("example.com/v1", "Widget", ""), `x.yaml:1:1 error required-field: Widget "x": spec is required (expects an object)`},
	{"wrong type", object("example.com/v1", "Widget", "spec: {size: \"3\"}\n"), `x.yaml:6:14 error invalid-field: Widget "x": must be an integer, is a string`},
	{"too large", object("example.com/v1", "Widget", "spec: {size: 30}\n"), `x.yaml:6:14 error invalid-field: Widget "x": must be at most 10, is 30`},
	{"not among the values", object("example.com/v1", "Widget", "spec: {size: 3, colour: gren}\n"), `x.yaml:6:25 error invalid-field: Widget "x": must be "red" or "green", is "gren" (did you mean "green"?)`},
	{"pattern", object("example.com/v1", "Widget", "spec: {size: 3, name: X1}\n"), `x.yaml:6:23 error invalid-field: Widget "x": must match the pattern "^[a-z]+$", is "X1"`},
	{"boolean for a port", object("example.com/v1", "Widget", "spec: {size: 3, port: true}\n"), `x.yaml:6:23 error invalid-field: Widget "x": must be an integer or a string, is a boolean`},
	{"twice the same key", object("example.com/v1", "Widget", "spec:\n  size: 3\n  parts:\n  - id: a\n  - id: a\n"), `x.yaml:10:5 error invalid-field: Widget "x": must not have the same id as item 0 of the list (items of this list are told apart by id)`},
	{"embedded resource", object("example.com/v1", "Widget", "spec: {size: 3, template: {kind: A}}\n"), `x.yaml:6:17 error required-field: Widget "x": apiVersion is required for a Kubernetes object (an apiVersion is like "v1" or "apps/v1")`},
	{"rule", object("example.com/v1", "Widget", "spec: {size: 3, min: 2, max: 1}\n"), `x.yaml:6:7 error rule-failed: Widget "x": min must not exceed max (rule: !has(self.min) || !has(self.max) || self.min <= self.max)`},
	{"status is dropped", object("example.com/v1", "Widget", "spec: {size: 3}\nstatus: {ready: maybe}\n"), ``},
	{"version that is not served", object("example.com/v1alpha1", "Widget", ""), `x.yaml:1:13 error schema-missing: Widget "x": the CustomResourceDefinition in the package does not serve the version "v1alpha1" (served: v1)`},
	{"version that is not there", object("example.com/v2", "Widget", ""), `x.yaml:1:13 error schema-missing: Widget "x": the CustomResourceDefinition in the package does not serve the version "v2" (served: v1)`},
}

func TestCustomResources(t *testing.T) {
	t.Parallel()
	for _, test := range customFaults {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found := check(t, kubernetes.Options{}, map[string]string{"crd.yaml": widgets, "x.yaml": test.object})
			require.Equal(t, test.want, oneFinding(lines(found)))
		})
	}
}

// definition is a CustomResourceDefinition with more fields of its version, which
// begin in line 14.
func definition(version string) string {
	return object("apiextensions.k8s.io/v1", "CustomResourceDefinition", `spec:
  group: example.com
  scope: Namespaced
  names: {kind: Thing, plural: things}
  versions:
  - name: v1
    served: true
    storage: true
`+version)
}

var definitionFaults = []struct {
	name, object, want string
}{
	{"valid", definition("    schema: {openAPIV3Schema: {type: object, properties: {a: {type: array, items: {type: string}}, b: {type: object, additionalProperties: true}}}}\n"), ``},
	{"unknown field of a version", definition("    schemas: {}\n"), `x.yaml:14:5 error unknown-field: CustomResourceDefinition "x": unknown field "schemas" (did you mean "schema"?)`},
	{"no type", definition("    schema: {openAPIV3Schema: {properties: {a: {type: string}}}}\n"), `x.yaml:14:31 error schema-unusable: CustomResourceDefinition "x": is required at the root (add type: object)`},
	{"unknown keyword", definition("    schema: {openAPIV3Schema: {type: object, propertys: {}}}\n"), `x.yaml:14:46 error unknown-field: CustomResourceDefinition "x": unknown field "propertys" (did you mean "properties"?)`},
	{"unknown keyword of items", definition("    schema: {openAPIV3Schema: {type: object, properties: {a: {type: array, items: {type: string, frmat: x}}}}}\n"), `x.yaml:14:98 warning unknown-field: CustomResourceDefinition "x": unknown field "frmat" (the API server drops it in silence; did you mean "format"?)`},
	{"a list for a schema", definition("    schema: {openAPIV3Schema: {type: object, properties: {a: {type: array, items: 3}}}}\n"), `x.yaml:14:83 error invalid-field: CustomResourceDefinition "x": must be a schema or a list of schemas, not an integer`},
	{"missing names", object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "spec: {group: a.example.com, scope: Namespaced, versions: []}\n"), `x.yaml:6:1 error required-field: CustomResourceDefinition "x": names is required`},
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	for _, test := range definitionFaults {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, oneFinding(lines(check(t, kubernetes.Options{}, map[string]string{"x.yaml": test.object}))))
		})
	}
}

// A schema whose rule does not compile leaves its objects unchecked, and says so.
func TestUnusableDefinition(t *testing.T) {
	t.Parallel()
	found := check(t, kubernetes.Options{}, map[string]string{
		"crd.yaml": definition("    schema: {openAPIV3Schema: {type: object, x-kubernetes-validations: [{rule: 'self.nothing == 1'}]}}\n"),
		"x.yaml":   object("example.com/v1", "Thing", ""),
	})
	require.Len(t, found, 1)
	require.Contains(t, lines(found), `x.yaml:1:1 warning schema-unusable: Thing "x": was not checked: its schema in the package cannot be used: x-kubernetes-validations[0].rule: `)
}

// Of a kind without a schema there is one finding, however many objects it has.
func TestOneFindingForAKind(t *testing.T) {
	t.Parallel()
	second := strings.Replace(object("example.com/v1", "Thing", ""), "name: x", "name: second", 1)
	found := check(t, kubernetes.Options{}, map[string]string{
		"a.yaml": object("example.com/v1", "Thing", ""), "b.yaml": second, "c.yaml": object("example.com/v1", "Other", ""),
	})
	const hint = "; its objects are not checked (put its CustomResourceDefinition into .packstage/schemas, or name where it is with --schema)\n"
	require.Equal(t, "a.yaml:2:7 warning schema-missing: there is no schema of example.com/v1 Thing"+hint+
		"c.yaml:2:7 warning schema-missing: there is no schema of example.com/v1 Other"+hint, lines(found))
}
