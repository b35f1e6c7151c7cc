package diagnostic_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
)

func TestPositionString(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		position diagnostic.Position
		want     string
	}{
		"nothing":                  {diagnostic.Position{}, ""},
		"file":                     {diagnostic.Position{File: "a.yaml"}, "a.yaml"},
		"file and line":            {diagnostic.Position{File: "a.yaml", Line: 3}, "a.yaml:3"},
		"file, line and column":    {diagnostic.Position{File: "a.yaml", Line: 3, Column: 7}, "a.yaml:3:7"},
		"line":                     {diagnostic.Position{Line: 3}, "line 3"},
		"line and column":          {diagnostic.Position{Line: 3, Column: 7}, "line 3:7"},
		"file and document":        {diagnostic.Position{File: "a.yaml", Document: 2}, "a.yaml (document 2)"},
		"document":                 {diagnostic.Position{Document: 2}, "(document 2)"},
		"a line says the document": {diagnostic.Position{File: "a.yaml", Line: 9, Document: 2}, "a.yaml:9"},
		"a column without a line":  {diagnostic.Position{File: "a.yaml", Column: 7}, "a.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, test.position.String())
			assert.Equal(t, test.position == diagnostic.Position{}, test.position.IsZero())
		})
	}
}

func TestPositionCompareIsAnOrder(t *testing.T) {
	t.Parallel()
	ascending := []diagnostic.Position{
		{},
		{Document: 1},
		{Line: 1},
		{File: "a"},
		{File: "a", Document: 2},
		{File: "a", Line: 1, Column: 2, Document: 9},
		{File: "a", Line: 1, Column: 10},
		{File: "a", Line: 2},
		{File: "b"},
	}
	for i, p := range ascending {
		for j, q := range ascending {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			assert.Equal(t, want, p.Compare(q), "%v with %v", p, q)
		}
	}
}

func TestDiagnosticError(t *testing.T) {
	t.Parallel()
	full := diagnostic.Diagnostic{
		Code:      diagnostic.ConfigUnknownKey,
		Severity:  diagnostic.Warning,
		Position:  diagnostic.Position{File: "c.yaml", Line: 3, Column: 1},
		Field:     "spec.replcas",
		Component: "web",
		Message:   "unknown key",
		Hint:      `did you mean "replicas"?`,
	}
	assert.Equal(t,
		`component web: c.yaml:3:1: warning: spec.replcas: unknown key (did you mean "replicas"?) [config-unknown-key]`,
		full.Error())
	assert.Equal(t, "broken", diagnostic.Diagnostic{Message: "broken"}.Error())
	assert.Equal(t, "broken", diagnostic.Diagnostic{Message: "broken", Position: diagnostic.Position{Column: 4}}.Error())
}

func TestDiagnosticJSON(t *testing.T) {
	t.Parallel()
	full := diagnostic.Diagnostic{
		Code:      "acme/rule",
		Severity:  diagnostic.Info,
		Position:  diagnostic.Position{File: "a", Line: 1, Column: 2, Document: 3},
		Field:     "f",
		Component: "c",
		Message:   "m",
		Hint:      "h",
	}
	encoded, err := json.Marshal(full)
	require.NoError(t, err)
	assert.Equal(t, `{"code":"acme/rule","severity":"info","position":{"file":"a","line":1,"column":2,"document":3},`+
		`"field":"f","component":"c","message":"m","hint":"h"}`, string(encoded))
	var back diagnostic.Diagnostic
	require.NoError(t, json.Unmarshal(encoded, &back))
	assert.Equal(t, full, back)

	encoded, err = json.Marshal(diagnostic.Diagnostic{Code: "x", Message: "m"})
	require.NoError(t, err)
	assert.Equal(t, `{"code":"x","severity":"error","message":"m"}`, string(encoded))
}

func TestSeverityText(t *testing.T) {
	t.Parallel()
	for _, severity := range []diagnostic.Severity{diagnostic.Error, diagnostic.Warning, diagnostic.Info} {
		text, err := severity.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, severity.String(), string(text))
		back := diagnostic.Severity(-1)
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, severity, back)
	}
	for _, unknown := range []diagnostic.Severity{-1, 3} {
		_, err := unknown.MarshalText()
		assert.ErrorContains(t, err, "unknown severity")
	}
	assert.Equal(t, "severity(3)", diagnostic.Severity(3).String())
	severity := diagnostic.Warning
	assert.ErrorContains(t, severity.UnmarshalText([]byte("Error")), `unknown severity "Error"`)
	assert.Equal(t, diagnostic.Warning, severity, "left as it was")
}
