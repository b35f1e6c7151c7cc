package yamldoc

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	yamlv2 "go.yaml.in/yaml/v2"
	kjson "k8s.io/apimachinery/pkg/util/json"
	sigsyaml "sigs.k8s.io/yaml"
)

// kubectl reads one document as kubectl does: YAML to JSON, JSON to values.
func kubectl(data []byte) (v any, err error) {
	text, err := sigsyaml.YAMLToJSON(data)
	if err != nil {
		return nil, err
	}
	err = kjson.Unmarshal(text, &v)
	return v, err
}

// whole takes data as one document, without splitting it.
func whole(data string) Document {
	return Document{Number: 1, Line: 1, FirstLine: 1, Data: []byte(data)}
}

// readings are documents that both read, with the same result.
var readings = []string{
	"", "\n", "# comment\n", "---\n", "a: 1", "a: 1\n", "- a\n- b: c\n",
	"a: yes\nb: No\nc: ON\nd: off\ne: y\nf: N\ng: True\nh: FALSE\ni: tRue\n",
	"y: 1\n", "on: 1\nno: 2\n", "1: a\n2: b\n", "1.5: a\n", "true: x\n", "0x10: a\n010: b\n", "1e3: a\n1.10: b\n", "16777217.5: a\n", ".inf: a\n", "-.inf: a\n.nan: b\n", "+.INF: a\n",
	"2024-01-02: a\n", "1e400: a\n", "1e60: a\n1e-60: b\n", "9223372036854775807: a\n-9223372036854775808: b\n",
	"a: 0644\n", "a: 0o755\n", "a: 1_000\n", "a: 0x1F\n", "a: 0b101\n", "a: -0b101\n", "a: 0b-1\n", "a: 0b+1\n", "a: -0b-1\n", "a: +0x1\n", "a: 0888\n", "a: 08.5\n", "a: 0_7\n", "a: _1\n", "a: 1_\n", "a: 1__0.5_\n",
	"a: 12:30:45\n", "a: 190:20:30.15\n", "a: 1.0\n", "a: 1e3\n", "a: -0\n", "a: -0.0\n", "a: +1\n", "a: 1.\n", "a: .5\n", "a: -.5\n", "a: +.5e-3\n", "a: 1e400\n", "a: .5e400\n", "a: 1e-400\n", "a: 1e20\n", "a: 1e21\n", "a: 1e22\n", "a: 1.5e300\n", "a: 123456789012345678901234567890\n",
	"a: 9223372036854775807\n", "a: 9223372036854775808\n", "a: 18446744073709551615\n", "a: 18446744073709551616\n", "a: -9223372036854775808\n", "a: -9223372036854775809\n", "a: 9223372036854775807.0\n", "a: 4611686018427387905.0\n", "a: 9007199254740993.0\n", "a: 9.3e18\n", "a: 1e-7\n", "a: 0.1\n", "a: 1.10\n", "a: 1.25e2\n", "a: -1.5\n", "a: 0xFFFFFFFFFFFFFFFF\n", "a: 0xFFFFFFFFFFFFFFFFF\n", "a: 0x1p4\n", "a: 1p4\n", "a: 1e\n", "a: 1e+\n", "a: -\n", "a: +\n", "a: --1\n", "a: .\n", "a: ..\n", "a: .e3\n", "a: 0b2\n", "a: 0o8\n", "a: 0x\n", "a: 1d\n", "a: .1_0\n", "a: 1._5\n",
	"a: 2024-01-02\nb: 2024-01-02T03:04:05Z\nc: 2001-12-14 21:59:43.10\nd: 1999-1-1\n",
	"a: ~\nb: null\nc: Null\nd: NULL\ne:\nf: nULL\n", "~\n", "null\n", "just text\n", "42\n", "\"quoted\"\n", "[]\n", "{}\n",
	"a: 'yes'\nb: \"1\"\nc: |-\n  1\n", "a: !!str 1\nb: !!int \"1\"\nc: !!float 1\nd: !!bool \"yes\"\ne: !!null ''\nf: !custom 1\n", "a: !!binary aGVsbG8=\nb: !!binary /w==\n", "!!binary /w==: 1\n",
	"a: &x 1\nb: *x\n", "b: &b {x: 1, y: 2}\nd:\n  <<: *b\n  y: 3\n", "b: &b {x: 1, y: 2}\nd:\n  y: 3\n  <<: *b\n", "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc:\n  <<: [*a, *b]\n  q: 1\n", "a: {<<: {x: 1}, x: 2}\n", "a: {x: 2, <<: {x: 1}, <<: {x: 3}}\n", "\"<<\": 1\n", "a: &a b\n*a : c\n",
	"a: |\n  one\n   two\n\nb: >-\n  a\n  b\n\n  c\nc: |+\n  x\n\n", "a: |", "a: |\n  x", "a: |\n  x\n", "a: >\n  x\n  y\n\n  z\n", "a: |2\n    x\n",
	"a: one\n  two\n\n  three\n", "a: 'one\n  two'\n", "a: \"one\\n\\x41\\u00e9\\U0001F600 \\\n  two\"\n",
	"{\"a\": [1, 2.5, true, null, \"x\"]}\n", "a: [b, c: d, {e: f}]\n", "? a\n: b\n", "a: b #c\n", "a: b#c\n", "%YAML 1.1\n---\na: 1\n", "--- {a: 1}\n", "--- # c\na: 1\n", "a: 1\n...\n", "a: 1\r\nb:\r\n  c: |\r\n    x\r\n", "\uFEFFa: 1\n", "a: \"\u2028\"\n", "a: x\u0085y\n", "a: http://x:80/y?z=1&b=*c\n", "k: v--", "k: v---",
	"a: <b>&\n", "a: \"\\0\"\n", "é: ü\n", "a:\n- b\n- c\n", "a: - b\n", "- - a\n  - b\n-\n  - c\n", "a:    b   \n", "a: 'it''s'\n", "a: \"\"\nb: ''\n", "'': 1\n", "- ''\n-\n- ~\n",
}

func TestReadsAsKubectl(t *testing.T) {
	t.Parallel()
	for _, text := range readings {
		want, wantErr := kubectl([]byte(text))
		got, err := Decode(whole(text), Options{})
		if wantErr != nil {
			assert.Error(t, err, "%q: kubectl refuses it: %v", text, wantErr)
			continue
		}
		if assert.NoError(t, err, "%q", text) {
			assert.Equal(t, want, got, "%q", text)
		}
	}
}

// compare checks one document against kubectl's reading: the same value, or a
// refusal with a reason that is ours.
func compare(t *testing.T, data []byte) {
	t.Helper()
	got, err := Decode(Document{Number: 1, Line: 1, FirstLine: 1, Data: data}, Options{})
	want, wantErr := kubectl(data)
	if wantErr != nil {
		require.Error(t, err, "kubectl refuses it: %v", wantErr)
		return
	}
	if err == nil {
		require.Equal(t, want, got)
		return
	}
	var e *Error
	require.True(t, errors.As(err, &e))
	switch e.Kind {
	case DuplicateKey, AliasLimit, DepthLimit:
		return
	}
	_, strictErr := unmarshal(data, true)
	var duplicates *yamlv2.TypeError // another mistake may come before a duplicate
	allowed := errors.As(strictErr, &duplicates) ||
		errors.Is(strictErr, errTrailing) || errors.Is(strictErr, errSecond) ||
		checkEncoding(whole(string(data))) != nil || mayAlias(data)
	require.True(t, allowed, "kubectl reads %#v, refused: %v", want, err)
}

func FuzzDecodeAsKubectl(f *testing.F) {
	for _, text := range readings {
		f.Add([]byte(text))
	}
	f.Fuzz(compare)
}
