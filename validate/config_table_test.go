package validate

import (
	encodingjson "encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// admissionCase is a case of testdata/admission; its README says what the fields
// mean.
type admissionCase struct {
	Name       string           `json:"name"`
	Schema     map[string]any   `json:"schema"`
	Rejected   []string         `json:"rejected,omitempty"`
	Values     []admissionValue `json:"values,omitempty"`
	Difference string           `json:"difference,omitempty"`
}

type admissionValue struct {
	Value      map[string]any `json:"value,omitempty"`
	JSON       string         `json:"json,omitempty"`
	Admitted   map[string]any `json:"admitted,omitempty"`
	Invalid    []string       `json:"invalid,omitempty"`
	Unknown    []string       `json:"unknown,omitempty"`
	Difference string         `json:"difference,omitempty"`
}

func decodeYAML(t testing.TB, text []byte, into any) {
	t.Helper()
	converted, err := yaml.YAMLToJSONStrict(text)
	require.NoError(t, err)
	strict, err := json.UnmarshalStrict(converted, into)
	require.NoError(t, err)
	require.Empty(t, strict)
}

func admissionCases(t testing.TB) []admissionCase {
	t.Helper()
	files, err := filepath.Glob("testdata/admission/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var cases []admissionCase
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		var inFile []admissionCase
		decodeYAML(t, content, &inFile)
		cases = append(cases, inFile...)
	}
	return cases
}

// content returns the value of a case with integers as int64, a new one each time.
func (v admissionValue) content(t testing.TB) map[string]any {
	t.Helper()
	text := []byte(v.JSON)
	if v.JSON == "" {
		var err error
		text, err = encodingjson.Marshal(v.Value)
		require.NoError(t, err)
	}
	content := map[string]any{}
	require.NoError(t, json.UnmarshalCaseSensitivePreserveInts(text, &content))
	return content
}

func errorFields(findings diagnostic.Diagnostics, root string) []string {
	var fields []string
	for _, f := range findings.WithSeverity(diagnostic.Error) {
		fields = append(fields, strings.TrimPrefix(strings.TrimPrefix(f.Field, root), "."))
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// sortedFields returns the fields of a case as findings show them: the cases
// have Kubernetes' notation, "properties[a]".
func sortedFields(fields []string) []string {
	fields = slices.Clone(fields)
	for i, field := range fields {
		fields[i] = diagnostic.FieldPath(diagnostic.ParseFieldPath(field)...)
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

func TestAdmissionTable(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	pairs := 0
	for _, c := range admissionCases(t) {
		require.False(t, names[c.Name], "two cases are named %q", c.Name)
		names[c.Name] = true
		pairs += max(1, len(c.Values))
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			compiled, findings := CompileConfigSchema(c.Schema, ConfigSchemaOptions{})
			require.Equal(t, sortedFields(c.Rejected), errorFields(findings, "spec.config.openAPIV3Schema"), "%v", findings)
			if len(c.Rejected) > 0 {
				require.Nil(t, compiled)
				return
			}
			for i, value := range c.Values {
				t.Run(fmt.Sprint(i), func(t *testing.T) { checkAdmission(t, compiled, value) })
			}
		})
	}
	require.GreaterOrEqual(t, pairs, 170)
}

func checkAdmission(t *testing.T, compiled *ConfigSchema, value admissionValue) {
	t.Helper()
	config := value.content(t)
	admitted, findings := compiled.Admit(config, packagetypes.PruneUnknownConfig)
	require.Equal(t, value.content(t), config, "the input has changed")
	require.Equal(t, sortedFields(value.Invalid), errorFields(findings, "config"), "%v", findings)

	_, rejecting := compiled.Admit(config, packagetypes.RejectUnknownConfig)
	var unknown []string
	for _, f := range rejecting {
		if f.Code == diagnostic.ConfigUnknownKey {
			unknown = append(unknown, strings.TrimPrefix(f.Field, "config."))
		}
	}
	require.Equal(t, sortedFields(value.Unknown), sortedFields(unknown), "%v", rejecting)
	if len(value.Invalid) > 0 {
		require.Nil(t, admitted)
		return
	}
	want := value.Admitted
	if want == nil {
		want = value.content(t)
	}
	require.Equal(t, want, admitted)
	again, findings := compiled.Admit(admitted, packagetypes.RejectUnknownConfig)
	require.NoError(t, findings.Err())
	require.Equal(t, admitted, again, "admitting twice is not the same as once")
}
