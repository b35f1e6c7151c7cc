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
