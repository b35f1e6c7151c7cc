package cli

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/validate"
)

func TestParseSetting(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]setting{
		"a=1":                {[]any{"a"}, "1"},
		"a=":                 {[]any{"a"}, ""},
		"a=b=c":              {[]any{"a"}, "b=c"},
		"a.b.c=x.y":          {[]any{"a", "b", "c"}, "x.y"},
		"a[0]=x":             {[]any{"a", 0}, "x"},
		"a[0][12].b=x":       {[]any{"a", 0, 12, "b"}, "x"},
		`a\.b/c.d=x`:         {[]any{"a.b/c", "d"}, "x"},
		`a\=b=x`:             {[]any{"a=b"}, "x"},
		`a\[0\]=x`:           {[]any{"a[0]"}, "x"},
		`a\\=x`:              {[]any{`a\`}, "x"},
		"a= \t":              {[]any{"a"}, " \t"},
		"schlüssel.日本=värde": {[]any{"schlüssel", "日本"}, "värde"},
	} {
		got, err := parseSetting(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "a", "=x", "a.=x", ".a=x", "a..b=x", "a[]=x", "a[x]=x", "a[-1]=x", "a[0", "a[0]", "a[0]b=x", `a\`, "[0]=x"} {
		_, err := parseSetting(text)
		assert.Error(t, err, text)
	}
}

// FuzzParseSetting holds the law that a path survives being written and read.
func FuzzParseSetting(f *testing.F) {
	for _, seed := range []string{"a=1", "a.b[0].c=x", `a\.b=x`, `\=`, "a[9]=", "a[99999999999999999999]=x"} {
		f.Add(seed)
	}
	escape := strings.NewReplacer(`\`, `\\`, ".", `\.`, "[", `\[`, "=", `\=`)
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseSetting(text)
		if err != nil {
			return
		}
		var written strings.Builder
		for i, element := range parsed.path {
			switch element := element.(type) {
			case string:
				if i > 0 {
					written.WriteByte('.')
				}
				written.WriteString(escape.Replace(element))
			case int:
				written.WriteString("[" + strconv.Itoa(element) + "]")
			}
		}
		again, err := parseSetting(written.String() + "=" + parsed.value)
		require.NoError(t, err)
		assert.Equal(t, parsed, again)
	})
}

func TestSettingApply(t *testing.T) {
	t.Parallel()
	schema, found := validate.CompileConfigSchema(map[string]any{
		"type": "object",
		"properties": map[string]any{
			"text":    map[string]any{"type": "string"},
			"count":   map[string]any{"type": "integer", "nullable": true},
			"ratio":   map[string]any{"type": "number"},
			"on":      map[string]any{"type": "boolean"},
			"port":    map[string]any{"x-kubernetes-int-or-string": true},
			"list":    map[string]any{"type": "array", "items": map[string]any{"type": "string"}},
			"objects": map[string]any{"type": "array", "items": map[string]any{"type": "object", "properties": map[string]any{"n": map[string]any{"type": "string"}}}},
			"free":    map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true},
			"map":     map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}},
		},
	}, validate.ConfigSchemaOptions{})
	require.Empty(t, found)
	for _, test := range []struct {
		set  []string
		want map[string]any
	}{
		{[]string{"text=3"}, map[string]any{"text": "3"}},
		{[]string{"text=null"}, map[string]any{"text": "null"}},
		{[]string{"text= a: [b"}, map[string]any{"text": " a: [b"}},
		{[]string{"count=3"}, map[string]any{"count": int64(3)}},
		{[]string{"count=9223372036854775807"}, map[string]any{"count": int64(9223372036854775807)}},
		{[]string{"count=null"}, map[string]any{"count": nil}},
		{[]string{"count=three"}, map[string]any{"count": "three"}},
		{[]string{"count=1.5"}, map[string]any{"count": 1.5}},
		{[]string{"ratio=1.5"}, map[string]any{"ratio": 1.5}},
		{[]string{"ratio=2"}, map[string]any{"ratio": int64(2)}},
		{[]string{"on=true"}, map[string]any{"on": true}},
		{[]string{"on=false"}, map[string]any{"on": false}},
		{[]string{"on=yes"}, map[string]any{"on": "yes"}},
		{[]string{"port=80"}, map[string]any{"port": int64(80)}},
		{[]string{"port=http"}, map[string]any{"port": "http"}},
		{[]string{"port=10%"}, map[string]any{"port": "10%"}},
		{[]string{"list=[a, b]"}, map[string]any{"list": []any{"a", "b"}}},
		{[]string{"list[0]=1", "list[1]=2", "list[0]=3"}, map[string]any{"list": []any{"3", "2"}}},
		{[]string{"objects[0].n=1"}, map[string]any{"objects": []any{map[string]any{"n": "1"}}}},
		{[]string{"free.a=1", "free.b=x", "free.c=true"}, map[string]any{"free": map[string]any{"a": int64(1), "b": "x", "c": true}}},
		{[]string{`map.a\.b=1`}, map[string]any{"map": map[string]any{"a.b": "1"}}},
		{[]string{"unknown=1"}, map[string]any{"unknown": int64(1)}},
	} {
		var config map[string]any
		for _, text := range test.set {
			parsed, err := parseSetting(text)
			require.NoError(t, err)
			config, err = parsed.apply(config, schema)
			require.NoError(t, err, text)
		}
		assert.Equal(t, test.want, config, test.set)
	}
	for _, set := range [][]string{
		{"list[1]=x"}, {"text=x", "text.a=y"}, {"text=x", "text[0]=y"}, {"free=[a"}, {"list=a: b: c"},
	} {
		var config map[string]any
		var err error
		for _, text := range set {
			var parsed setting
			parsed, err = parseSetting(text)
			require.NoError(t, err)
			config, err = parsed.apply(config, schema)
		}
		require.ErrorAs(t, err, new(usageError), set)
	}
}

// TestSetValueIsNotTold makes sure that a value, which may be a secret, is not in
// the error.
func TestSetValueIsNotTold(t *testing.T) {
	t.Parallel()
	schema, found := validate.CompileConfigSchema(nil, validate.ConfigSchemaOptions{})
	require.Empty(t, found)
	parsed, err := parseSetting("password=[hunter2")
	require.NoError(t, err)
	_, err = parsed.apply(nil, schema)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hunter2")
}
