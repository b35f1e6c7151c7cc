package settings_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/settings"
)

const invalid, unknown = diagnostic.Code("test/invalid"), diagnostic.Code("test/unknown")

type level string

func (l *level) UnmarshalText(text []byte) error {
	if *l = level(text); *l != "low" && *l != "high" {
		return errors.New("must be low or high")
	}
	return nil
}

type inner struct {
	Count int     `json:"count"`
	Share float64 `json:"share"`
}

type common struct {
	Shared string `json:"shared"`
}

type target struct {
	common
	Name    string           `json:"name"`
	On      bool             `json:"enabled"`
	Level   level            `json:"level"`
	Levels  map[string]level `json:"levels"`
	Items   []inner          `json:"items"`
	Pointer *inner           `json:"pointer"`
	Any     any              `json:"any"`
	Skipped string           `json:"-"`
}

func TestDecode(t *testing.T) {
	t.Parallel()
	var got target
	file, found := settings.Decode("f.yaml", []byte(`# comment
shared: s
name: 1.5
enabled: yes
level: high
levels: {a: low}
items:
- {count: 3, share: 1}
- {}
pointer: {share: 0.5}
any: {x: [1]}
`), &got, settings.Options{Invalid: invalid})
	require.Empty(t, found)
	require.Equal(t, target{
		common: common{"s"}, Name: "1.5", On: true, Level: "high", Levels: map[string]level{"a": "low"},
		Items: []inner{{3, 1}, {}}, Pointer: &inner{Share: 0.5}, Any: map[string]any{"x": []any{int64(1)}},
	}, got)
	require.Equal(t, diagnostic.Position{File: "f.yaml", Line: 8, Column: 4}, file.Position("items", 0, "count", "below"))
	require.Equal(t, diagnostic.Diagnostic{
		Code: invalid, Position: diagnostic.Position{File: "f.yaml", Line: 4, Column: 10}, Field: "enabled", Message: "m", Hint: "h",
	}, file.Fault("m", "h", "enabled"))
}

func TestFindings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		content string
		code    diagnostic.Code
		at      string // line:column
		field   string
		message string
	}{
		"unknown":    {"nam: x", unknown, "1:1", "nam", `unknown field "nam"`},
		"deep":       {"items:\n- {counts: 1}", unknown, "2:4", "items[0].counts", `unknown field "counts"`},
		"hidden":     {"Skipped: x", unknown, "1:1", "Skipped", `unknown field "Skipped"`},
		"no list":    {"items: {}", invalid, "1:8", "items", "must be a list, is a mapping"},
		"no mapping": {"pointer: [1]", invalid, "1:10", "pointer", "must be a mapping, is a list"},
		"fraction":   {"items: [{count: 1.5}]", invalid, "1:17", "items[0].count", "must be a whole number, is a number with a fraction"},
		"no number":  {"pointer: {share: x}", invalid, "1:18", "pointer.share", "must be a number, is a string"},
		"no boolean": {"enabled: 1", invalid, "1:10", "enabled", "must be true or false, is a number"},
		"no text":    {"name: [a]", invalid, "1:7", "name", "must be a string, is a list"},
		"text":       {"levels: {a: middle}", invalid, "1:13", "levels.a", "must be low or high"},
		"text list":  {"level: []", invalid, "1:8", "level", "must be a string, is a list"},
		"duplicate":  {"enabled: true\nenabled: false", diagnostic.YAMLDuplicateKey, "2:1", "", `the key "enabled" is set twice, first in line 1`},
		"documents":  {"enabled: true\n---\nenabled: false", diagnostic.YAMLInvalid, "3:0", "", "the file holds 2 documents, but only one is allowed"},
		"a list":     {"- a", diagnostic.YAMLInvalid, "1:1", "", ""},
		"large":      {"#" + strings.Repeat("x", 100), diagnostic.LimitExceeded, "0:0", "", "the file has 101 bytes; at most 100 are read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got target
			_, found := settings.Decode("f.yaml", []byte(test.content), &got, settings.Options{Invalid: invalid, Unknown: unknown, MaxBytes: 100})
			require.Len(t, found, 1)
			assert.Equal(t, test.code, found[0].Code)
			assert.Equal(t, test.field, found[0].Field)
			assert.Equal(t, diagnostic.Error, found[0].Severity)
			line, column := found[0].Position.Line, found[0].Position.Column
			if test.message != "" {
				assert.Equal(t, test.message, found[0].Message)
				assert.Equal(t, test.at, fmt.Sprintf("%d:%d", line, column))
			}
		})
	}
}

func TestEmptyAndAll(t *testing.T) {
	t.Parallel()
	var got target
	file, found := settings.Decode("f.yaml", []byte("# nothing\n"), &got, settings.Options{Invalid: invalid})
	require.Empty(t, found)
	require.Equal(t, target{}, got)
	require.Equal(t, diagnostic.Position{File: "f.yaml", Line: 1}, file.Position("x"))
	_, found = settings.Decode("f.yaml", []byte("enabled: 1\nname: []\nx: 1\n"), &got, settings.Options{Invalid: invalid})
	require.Len(t, found, 3, "all findings come at once")
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("items: [{count: 1}]\nlevel: low"))
	f.Fuzz(func(t *testing.T, content []byte) {
		var got target
		_, found := settings.Decode("f.yaml", content, &got, settings.Options{Invalid: invalid})
		for _, one := range found {
			require.NotEmpty(t, one.Message)
		}
	})
}

func TestTextIsAsWritten(t *testing.T) {
	t.Parallel()
	type names struct {
		Names []string          `json:"names"`
		More  map[string]string `json:"more"`
	}
	var got names
	_, found := settings.Decode("f.yaml", []byte(`---
# two lines
# of comments
names: [1.30, yes, 010, "1.20", -1.50 , &a 1.40, *a, "é",  1.60]
more: {é: 1.70, b: 0x1F, c: off, d: 1e3, e: "x"} # 1.80
`), &got, settings.Options{Invalid: invalid})
	require.Empty(t, found)
	assert.Equal(t, []string{"1.30", "yes", "010", "1.20", "-1.50", "1.4", "1.4", "é", "1.60"}, got.Names)
	assert.Equal(t, map[string]string{"é": "1.70", "b": "0x1F", "c": "off", "d": "1e3", "e": "x"}, got.More)
}
