package validate

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

func configSchema(t testing.TB, text string) *ConfigSchema {
	t.Helper()
	var content map[string]any
	decodeYAML(t, []byte(text), &content)
	compiled, findings := CompileConfigSchema(content, ConfigSchemaOptions{})
	require.NoError(t, findings.Err())
	return compiled
}

func texts(findings diagnostic.Diagnostics) []string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, f.Error())
	}
	return lines
}

func TestAdmitMessages(t *testing.T) {
	t.Parallel()
	s := configSchema(t, `
type: object
required: [name]
properties:
  name: {type: string, minLength: 2}
  replicas: {type: integer, default: 3, minimum: 1}
  list: {type: array, items: {type: object, properties: {z: {type: string, enum: [one, two]}}}}
  port: {x-kubernetes-int-or-string: true}
  map: {type: object, additionalProperties: {type: integer, format: int32}}
  when: {type: string, format: date}
  code: {type: string, pattern: "^[a-z]+$", maxLength: 4}
  either: {type: string, anyOf: [{format: ipv4}, {enum: [none]}]}
  min: {type: integer}
  max: {type: integer, exclusiveMaximum: true, maximum: 10}
`)
	_, findings := s.Admit(map[string]any{
		"replicas": 0, "nmae": "x", "port": true, "list": []any{map[string]any{"z": "tow"}, 5},
		"map": map[string]any{"a.b": 1 << 40}, "when": "today", "code": strings.Repeat("X", 80),
		"either": "x", "max": 10, "min": 1.5,
	}, packagetypes.RejectUnknownConfig)
	require.Equal(t, []string{
		`config.code: must have at most 4 characters, has 80 (the schema is in the manifest) [config-invalid]`,
		`config.code: must match the pattern "^[a-z]+$", is "` + strings.Repeat("X", 60) + `"… (the schema is in the manifest) [config-invalid]`,
		`config.either: must have one of the allowed forms, is "x" (must be an IPv4 address, or must be "none") [config-invalid]`,
		`config.list[0].z: must be "one" or "two", is "tow" (did you mean "two"?) [config-invalid]`,
		`config.list[1]: must be an object, is an integer (the schema is in the manifest) [config-invalid]`,
		`config.map[a.b]: must be an integer of 32 bits, is 1099511627776 (from -2147483648 to 2147483647) [config-invalid]`,
		`config.max: must be less than 10, is 10 (the schema is in the manifest) [config-invalid]`,
		`config.min: must be an integer, is a number (the schema is in the manifest) [config-invalid]`,
		`config.name: is required (expects a string) [config-required]`,
		`config.nmae: unknown key "nmae" (did you mean "name"?) [config-unknown-key]`,
		`config.port: must be an integer or a string, is a boolean (the schema is in the manifest) [config-invalid]`,
		`config.replicas: must be at least 1, is 0 (the schema is in the manifest) [config-invalid]`,
		`config.when: must be a date like "2026-01-31", is "today" (the schema is in the manifest) [config-invalid]`,
	}, texts(findings))
}

func TestAdmitRuleMessages(t *testing.T) {
	t.Parallel()
	s := configSchema(t, `
type: object
properties:
  min: {type: integer}
  max: {type: integer}
  host: {type: string, x-kubernetes-validations: [{rule: "!self.contains(' ')", message: must not have spaces}]}
x-kubernetes-validations:
- {rule: self.min <= self.max, messageExpression: "'min ' + string(self.min) + ' is more than max'", fieldPath: .min}
- {rule: self.min % 2 == 0}
- {rule: "'x'.matches(self.host)"}
`)
	_, findings := s.Admit(map[string]any{"min": 5, "max": 3, "host": "a b"}, packagetypes.RejectUnknownConfig)
	require.Equal(t, []string{
		`config: does not meet the rule: 'x'.matches(self.host) [config-rule-failed]`,
		`config: does not meet the rule: self.min % 2 == 0 [config-rule-failed]`,
		`config.host: must not have spaces (rule: !self.contains(' ')) [config-rule-failed]`,
		`config.min: min 5 is more than max (rule: self.min <= self.max) [config-rule-failed]`,
	}, texts(findings))
	_, findings = s.Admit(map[string]any{"max": 3}, packagetypes.RejectUnknownConfig)
	require.Contains(t, texts(findings), `config: the rule cannot be evaluated: no such key: min (rule: self.min % 2 == 0) [config-rule-failed]`)
}

func TestUnknownConfigPolicies(t *testing.T) {
	t.Parallel()
	s := configSchema(t, `{type: object, properties: {a: {type: string}}}`)
	config := map[string]any{"a": "x", "b": "secret"}

	admitted, findings := s.Admit(config, packagetypes.RejectUnknownConfig)
	require.Nil(t, admitted)
	require.ErrorIs(t, findings.Err(), diagnostic.ConfigUnknownKey)
	require.NotContains(t, findings.Error(), "secret")

	admitted, findings = s.Admit(config, packagetypes.WarnUnknownConfig)
	require.Equal(t, map[string]any{"a": "x"}, admitted)
	require.NoError(t, findings.Err())
	require.Len(t, findings.WithSeverity(diagnostic.Warning), 1)

	admitted, findings = s.Admit(config, packagetypes.PruneUnknownConfig)
	require.Equal(t, map[string]any{"a": "x"}, admitted)
	require.Empty(t, findings)
	require.Len(t, config, 2)
}

func TestNoSchemaTakesNoConfig(t *testing.T) {
	t.Parallel()
	s, findings := CompileConfigSchema(nil, ConfigSchemaOptions{})
	require.Empty(t, findings)
	admitted, findings := s.Admit(nil, packagetypes.RejectUnknownConfig)
	require.Empty(t, findings)
	require.Equal(t, map[string]any{}, admitted)
	_, findings = s.Admit(map[string]any{"a": 1}, packagetypes.RejectUnknownConfig)
	require.ErrorIs(t, findings.Err(), diagnostic.ConfigUnknownKey)
	admitted, _ = s.Admit(map[string]any{"a": 1}, packagetypes.PruneUnknownConfig)
	require.Equal(t, map[string]any{}, admitted)
	require.Nil(t, s.SensitiveValues(map[string]any{"a": "x"}))
	require.Equal(t, TypeUnknown, s.TypeOf([]string{"a"}))
}

func TestAdmitGoValues(t *testing.T) {
	t.Parallel()
	s := configSchema(t, `{type: object, x-kubernetes-preserve-unknown-fields: true}`)
	type text string
	number := 5
	admitted, findings := s.Admit(map[string]any{
		"int": 1, "uint8": uint8(2), "float32": float32(1.5), "number": json.Number("9007199254740993"),
		"fraction": json.Number("1.5"), "big": uint64(math.MaxUint64), "text": text("x"), "pointer": &number,
		"strings": []string{"a"}, "map": map[string]string{"k": "v"}, "nilMap": map[string]string(nil),
		"named": map[text]int{"k": 1}, "nilPointer": (*int)(nil),
	}, packagetypes.RejectUnknownConfig)
	require.NoError(t, findings.Err())
	require.Equal(t, map[string]any{
		"int": int64(1), "uint8": int64(2), "float32": 1.5, "number": int64(9007199254740993),
		"fraction": 1.5, "big": float64(math.MaxUint64), "text": "x", "pointer": int64(5),
		"strings": []any{"a"}, "map": map[string]any{"k": "v"}, "nilMap": nil,
		"named": map[string]any{"k": int64(1)}, "nilPointer": nil,
	}, admitted)

	_, findings = s.Admit(map[string]any{
		"struct": struct{ A string }{"hidden"}, "channel": make(chan int), "nan": math.NaN(), "inf": math.Inf(1),
		"keys": map[int]string{1: "hidden"}, "bytes": []byte("hidden"), "bad": json.Number("x"),
	}, packagetypes.RejectUnknownConfig)
	require.Len(t, findings, 7)
	require.NotContains(t, findings.Error(), "hidden")
}

func TestAdmitRefusesCyclesAndDepth(t *testing.T) {
	t.Parallel()
	s := configSchema(t, `{type: object, x-kubernetes-preserve-unknown-fields: true}`)
	cycle := map[string]any{}
	cycle["a"] = []any{cycle}
	_, findings := s.Admit(cycle, packagetypes.RejectUnknownConfig)
	require.Equal(t, []string{`config.a[0]: value contains itself (use strings, numbers, booleans, null, lists, and maps with string keys) [config-invalid]`}, texts(findings))
	require.NotPanics(t, func() { s.SensitiveValues(cycle) })

	nest := func(depth int) map[string]any {
		config := map[string]any{}
		for range depth - 1 {
			config = map[string]any{"a": config}
		}
		return config
	}
	_, findings = s.Admit(nest(200), packagetypes.RejectUnknownConfig)
	require.NoError(t, findings.Err())
	_, findings = s.Admit(nest(201), packagetypes.RejectUnknownConfig)
	var limit *packagetypes.LimitError
	require.True(t, errors.As(findings.Err(), &limit))
	require.Equal(t, "YAMLDepth", limit.Limit)

	// shared parts multiply: 2^40 nodes in 40 maps
	shared := map[string]any{}
	for range 40 {
		shared = map[string]any{"a": shared, "b": shared}
	}
	_, findings = s.Admit(shared, packagetypes.RejectUnknownConfig)
	require.True(t, errors.As(findings.Err(), &limit))
	require.Equal(t, "Config", limit.Limit)
}

func TestCompileLimits(t *testing.T) {
	t.Parallel()
	content := map[string]any{"type": "object"}
	for range 150 {
		content = map[string]any{"type": "object", "properties": map[string]any{"a": content}}
	}
	_, findings := CompileConfigSchema(content, ConfigSchemaOptions{})
	require.ErrorIs(t, findings.Err(), diagnostic.LimitExceeded)
	content["properties"].(map[string]any)["a"] = content
	_, findings = CompileConfigSchema(content, ConfigSchemaOptions{})
	require.ErrorIs(t, findings.Err(), diagnostic.SchemaInvalid)
}

func TestSchemaWarnings(t *testing.T) {
	t.Parallel()
	var content map[string]any
	decodeYAML(t, []byte(`
type: object
x-vendor: 1
properties:
  a: {type: string, minlength: 3, const: x, minLenght: 1}
  b: {type: string, x-kubernetes-validations: [{rule: "true", mesage: x}]}
`), &content)
	compiled, findings := CompileConfigSchema(content, ConfigSchemaOptions{})
	require.NotNil(t, compiled)
	require.Equal(t, []string{
		`warning: spec.config.openAPIV3Schema.properties.a.const: unknown keyword "const", which has no effect [schema-unknown-keyword]`,
		`warning: spec.config.openAPIV3Schema.properties.a.minLenght: unknown keyword "minLenght", which has no effect (did you mean "minLength"?) [schema-unknown-keyword]`,
		`warning: spec.config.openAPIV3Schema.properties.a.minlength: keyword "minLength" is written "minlength" (did you mean "minLength"? It is read as that, as Kubernetes does) [schema-unknown-keyword]`,
		`warning: spec.config.openAPIV3Schema.properties.b.x-kubernetes-validations[0].mesage: unknown field "mesage" of a rule, which has no effect (did you mean "message"?) [schema-unknown-keyword]`,
		`warning: spec.config.openAPIV3Schema.x-vendor: unknown keyword "x-vendor", which has no effect [schema-unknown-keyword]`,
	}, texts(findings))
	_, findings = compiled.Admit(map[string]any{"a": "xy"}, packagetypes.RejectUnknownConfig)
	require.ErrorIs(t, findings.Err(), diagnostic.ConfigInvalid)
}

func TestSensitiveValuesStayHidden(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-hunter2"
	s := configSchema(t, `
type: object
properties:
  password: {type: string, format: password, maxLength: 3, enum: [other], pattern: "^x"}
  nested: {type: string, allOf: [{format: password}, {pattern: "^x"}], not: {minLength: 1}, anyOf: [{maxLength: 1}]}
  tokens: {type: object, x-packstage-sensitive: true, additionalProperties: {type: array, x-kubernetes-list-type: set, items: {type: string, maxLength: 2}}}
  pin: {type: integer, x-packstage-sensitive: true, maximum: 1}
  wrong: {type: integer, x-packstage-sensitive: true}
  list: {type: array, x-kubernetes-list-type: set, items: {type: string, format: password}}
`)
	config := map[string]any{
		"password": secret, "nested": secret, "tokens": map[string]any{"a": []string{secret, secret}},
		"pin": 123456, "wrong": secret, "list": []any{secret, secret}, "plain": "visible",
	}
	_, findings := s.Admit(config, packagetypes.RejectUnknownConfig)
	require.GreaterOrEqual(t, len(findings), 12)
	for _, hidden := range []string{secret, "hunter2", "123456", base64.StdEncoding.EncodeToString([]byte(secret))} {
		require.NotContains(t, findings.Error(), hidden)
	}
	require.Equal(t, []string{"123456", secret}, s.SensitiveValues(config))

	ruled := configSchema(t, `
type: object
properties:
  password:
    type: string
    format: password
    x-kubernetes-validations: [{rule: "int(self) > 0", message: must be a number}, {rule: "self == ''", messageExpression: "'is ' + self"}]
x-kubernetes-validations: [{rule: "self.password == ''", messageExpression: "'password is ' + self.password"}]
`)
	_, findings = ruled.Admit(map[string]any{"password": secret}, packagetypes.RejectUnknownConfig)
	require.Len(t, findings, 3)
	require.NotContains(t, findings.Error(), secret)
}

func TestTypeOf(t *testing.T) {
	t.Parallel()
	s := configSchema(t, `
type: object
properties:
  s: {type: string}
  l: {type: array, items: {type: object, properties: {num: {type: number}}}}
  m: {type: object, additionalProperties: {type: boolean}}
  p: {x-kubernetes-int-or-string: true}
  u: {x-kubernetes-preserve-unknown-fields: true}
`)
	for path, want := range map[string]ValueType{
		"": TypeObject, "s": TypeString, "l": TypeArray, "l/0": TypeObject, "l/0/num": TypeNumber, "l/x": TypeUnknown,
		"m/any": TypeBoolean, "p": TypeIntOrString, "u": TypeUnknown, "u/x": TypeUnknown, "nope": TypeUnknown, "s/x": TypeUnknown,
	} {
		var keys []string
		if path != "" {
			keys = strings.Split(path, "/")
		}
		require.Equal(t, want, s.TypeOf(keys), path)
	}
}

func TestRulesShareABudget(t *testing.T) {
	t.Parallel()
	var content map[string]any
	decodeYAML(t, []byte(`
type: object
properties:
  l: {type: array, items: {type: integer, x-kubernetes-validations: [{rule: "[1,2,3,4,5,6,7,8,9,10].all(x, x + self > 0)"}]}}
`), &content)
	s, findings := CompileConfigSchema(content, ConfigSchemaOptions{Limits: packagetypes.Limits{CELCost: 200}})
	require.NoError(t, findings.Err())
	_, findings = s.Admit(map[string]any{"l": make([]int, 10)}, packagetypes.RejectUnknownConfig)
	require.NoError(t, findings.Err())
	_, findings = s.Admit(map[string]any{"l": make([]int, 10_000)}, packagetypes.RejectUnknownConfig)
	require.Len(t, findings, 1)
	require.Contains(t, findings[0].Message, "cost too much")
}

func TestAdmitConcurrently(t *testing.T) {
	t.Parallel()
	s := configSchema(t, `
type: object
properties:
  a: {type: object, default: {b: [x]}, properties: {b: {type: array, items: {type: string, pattern: "^x"}}}}
x-kubernetes-validations: [{rule: "self.a.b.all(x, x == 'x')"}]
`)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 50 {
				admitted, findings := s.Admit(map[string]any{}, packagetypes.RejectUnknownConfig)
				if findings != nil {
					t.Error(findings)
					return
				}
				admitted["a"].(map[string]any)["b"] = fmt.Sprint(i) // what was admitted is the caller's own
			}
		})
	}
	group.Wait()
}
