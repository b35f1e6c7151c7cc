package validate

import (
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/packagetypes"
)

func configSchema(t testing.TB, text string) *ConfigSchema {
	t.Helper()
	var content map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &content))
	compiled, findings := CompileConfigSchema(content, ConfigSchemaOptions{})
	require.NoError(t, findings.Err())
	return compiled
}

func TestAdmitFirst(t *testing.T) {
	t.Parallel()
	s := configSchema(t, `
type: object
required: [name]
properties:
  name: {type: string, minLength: 2}
  replicas: {type: integer, default: 3, minimum: 1}
  password: {type: string, format: password, minLength: 12}
  list: {type: array, items: {type: object, properties: {z: {type: string, enum: [one, two]}}}}
  port: {x-kubernetes-int-or-string: true}
`)
	admitted, findings := s.Admit(map[string]any{"name": "x1", "port": 5.0}, 0)
	require.NoError(t, findings.Err())
	require.Equal(t, map[string]any{"name": "x1", "replicas": int64(3), "port": int64(5)}, admitted)

	_, findings = s.Admit(map[string]any{
		"replicas": int64(0), "nmae": "x", "password": "short", "port": true,
		"list": []any{map[string]any{"z": "tow"}, int64(5)},
	}, packagetypes.RejectUnknownConfig)
	for _, f := range findings {
		t.Log(f.Error())
	}
	require.Len(t, findings, 7)
}

func TestAdmitRulesFirst(t *testing.T) {
	t.Parallel()
	s := configSchema(t, `
type: object
properties:
  min: {type: integer}
  max: {type: integer}
  hosts: {type: array, x-kubernetes-list-type: set, items: {type: string, x-kubernetes-validations: [{rule: "!self.contains(' ')"}]}}
  port: {x-kubernetes-int-or-string: true, x-kubernetes-validations: [{rule: "type(self) == int ? self > 0 : self.matches('^[a-z]+$')", message: bad port}]}
  foo-bar: {type: object, properties: {in: {type: string}}}
x-kubernetes-validations:
- {rule: self.min <= self.max, messageExpression: "'min ' + string(self.min) + ' is more than max'", fieldPath: .min}
- {rule: "!has(self.foo__dash__bar) || self.foo__dash__bar.__in__ == 'x'"}
`)
	_, findings := s.Admit(map[string]any{
		"min": 5, "max": 3, "hosts": []any{"a b", "a"}, "port": "X", "foo-bar": map[string]any{"in": "y"},
	}, 0)
	for _, f := range findings {
		t.Log(f.Error())
	}
	require.Len(t, findings, 4)
}
