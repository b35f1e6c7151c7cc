package yamldoc

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	yamlv3 "go.yaml.in/yaml/v3"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	type part struct {
		data            string
		line, firstLine int
		empty           bool
	}
	for name, c := range map[string]struct {
		stream string
		want   []part
	}{
		"empty stream":           {"", nil},
		"blank stream":           {"\n\n", []part{{"\n\n", 1, 1, true}}},
		"only a comment":         {"# c\n", []part{{"# c\n", 1, 1, true}}},
		"one":                    {"a: 1\n", []part{{"a: 1\n", 1, 1, false}}},
		"no line break":          {"a: |\n  x", []part{{"a: |\n  x", 1, 1, false}}},
		"two":                    {"a: 1\n---\nb: 2\n", []part{{"a: 1\n", 1, 1, false}, {"---\nb: 2\n", 3, 2, false}}},
		"leading separator":      {"---\na: 1\n", []part{{"---\na: 1\n", 2, 1, false}}},
		"leading comment":        {"# c\n\n---\n# d\na: 1\n", []part{{"# c\n\n---\n# d\na: 1\n", 5, 1, false}}},
		"empty in between":       {"a: 1\n---\n# c\n---\nb: 2\n", []part{{"a: 1\n", 1, 1, false}, {"---\n# c\n", 2, 2, true}, {"---\nb: 2\n", 5, 4, false}}},
		"two separators first":   {"---\n---\na: 1\n", []part{{"---\n", 1, 1, true}, {"---\na: 1\n", 3, 2, false}}},
		"trailing separator":     {"a: 1\n---\n", []part{{"a: 1\n", 1, 1, false}, {"---\n", 2, 2, true}}},
		"separator at the end":   {"a: 1\n---", []part{{"a: 1\n", 1, 1, false}, {"---", 2, 2, true}}},
		"white space after it":   {"a: 1\n--- \t\nb: 2\n", []part{{"a: 1\n", 1, 1, false}, {"--- \t\nb: 2\n", 3, 2, false}}},
		"comment after it":       {"a: 1\n--- # c\nb: 2\n", []part{{"a: 1\n", 1, 1, false}, {"--- # c\nb: 2\n", 3, 2, false}}},
		"content after it":       {"a: 1\n--- {b: 2}\n", []part{{"a: 1\n", 1, 1, false}, {"--- {b: 2}\n", 2, 2, false}}},
		"CRLF":                   {"a: 1\r\n---\r\nb: 2\r\n", []part{{"a: 1\r\n", 1, 1, false}, {"---\r\nb: 2\r\n", 3, 2, false}}},
		"CR":                     {"a: 1\r---\rb: 2\r", []part{{"a: 1\r", 1, 1, false}, {"---\rb: 2\r", 3, 2, false}}},
		"next line":              {"a: 1\u0085---\u0085b: 2", []part{{"a: 1\u0085", 1, 1, false}, {"---\u0085b: 2", 3, 2, false}}},
		"in a block scalar":      {"a: |\n  ---\n  x\n", []part{{"a: |\n  ---\n  x\n", 1, 1, false}}},
		"a value that ends so":   {"a: v---", []part{{"a: v---", 1, 1, false}}},
		"four dashes":            {"a: 1\n----\n", []part{{"a: 1\n----\n", 1, 1, false}}},
		"a key that begins so":   {"---a: 1\n", []part{{"---a: 1\n", 1, 1, false}}},
		"end marker":             {"a: 1\n...\n", []part{{"a: 1\n...\n", 1, 1, false}}},
		"end marker and comment": {"a: 1\n...\n# c\n", []part{{"a: 1\n...\n# c\n", 1, 1, false}}},
		"end and start":          {"a: 1\n...\n---\nb: 2\n", []part{{"a: 1\n...\n", 1, 1, false}, {"---\nb: 2\n", 4, 3, false}}},
		"two end markers":        {"a: 1\n...\n...\n---\nb: 2\n", []part{{"a: 1\n...\n...\n", 1, 1, false}, {"---\nb: 2\n", 5, 4, false}}},
		"end without start":      {"a: 1\n...\nb: 2\n", []part{{"a: 1\n...\n", 1, 1, false}, {"b: 2\n", 3, 3, false}}},
		"end in a value":         {"a: ...\nb: x...\n", []part{{"a: ...\nb: x...\n", 1, 1, false}}},
		"directive":              {"%YAML 1.1\n---\na: 1\n", []part{{"%YAML 1.1\n---\na: 1\n", 3, 1, false}}},
		"directive after end":    {"a: 1\n...\n%YAML 1.1\n---\nb: 2\n", []part{{"a: 1\n...\n", 1, 1, false}, {"%YAML 1.1\n---\nb: 2\n", 5, 3, false}}},
		"directive without end":  {"a: 1\n%YAML 1.1\n# c\n---\nb: 2\n", []part{{"a: 1\n", 1, 1, false}, {"%YAML 1.1\n# c\n---\nb: 2\n", 5, 2, false}}},
		"byte order mark":        {"\uFEFF---\na: 1\n", []part{{"\uFEFF---\na: 1\n", 2, 1, false}}},
		"null":                   {"---\nnull\n---\n~ # c\n--- Null\n---\nnull: 1\n", []part{{"---\nnull\n", 2, 1, true}, {"---\n~ # c\n", 4, 3, true}, {"--- Null\n", 5, 5, true}, {"---\nnull: 1\n", 7, 6, false}}},
		"not null":               {"nullable\n---\n~#\n---\nnull\na\n", []part{{"nullable\n", 1, 1, false}, {"---\n~#\n", 3, 2, false}, {"---\nnull\na\n", 5, 4, false}}},
		"tabs":                   {"\t\n \t# c\n", []part{{"\t\n \t# c\n", 1, 1, true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []part
			for i, d := range Split([]byte(c.stream)) {
				assert.Equal(t, i+1, d.Number)
				got = append(got, part{string(d.Data), d.Line, d.FirstLine, d.Empty()})
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestSplitLosesNoDocument(t *testing.T) {
	t.Parallel()
	const stream = "%YAML 1.1\n---\nid: 1\n...\n--- {id: 2}\n---\t\n\n# c\n---\nid: 3\ntext: |\n  ---\n---\r\nid: 4\n...\nid: 5\n"
	var numbers []any
	for _, d := range Split([]byte(stream)) {
		if d.Empty() {
			continue
		}
		m, err := DecodeMap(d, Options{})
		require.NoError(t, err, "%q", d.Data)
		numbers = append(numbers, m["id"])
	}
	assert.Equal(t, []any{int64(1), int64(2), int64(3), int64(4), int64(5)}, numbers)
}

// libraryDocuments returns the documents of a stream as the library sees them;
// it reports false where the stream is not valid.
func libraryDocuments(data []byte) (docs []*yamlv3.Node, ok bool) {
	defer func() {
		if recover() != nil {
			docs, ok = nil, false
		}
	}()
	dec := yamlv3.NewDecoder(bytes.NewReader(data))
	for {
		var node yamlv3.Node
		err := dec.Decode(&node)
		if errors.Is(err, io.EOF) {
			return docs, true
		}
		if err != nil {
			return nil, false
		}
		docs = append(docs, &node)
	}
}

func checkSplit(t *testing.T, data []byte) {
	t.Helper()
	parts := Split(data)
	var joined []byte
	line := 1
	filled := 0
	for i, d := range parts {
		require.Equal(t, i+1, d.Number)
		require.Equal(t, line, d.FirstLine)
		require.NotEmpty(t, d.Data)
		require.GreaterOrEqual(t, d.Line, d.FirstLine)
		joined = append(joined, d.Data...)
		line += countBreaks(d.Data)
		if !d.Empty() {
			filled++
		}
	}
	require.Equal(t, len(data), len(joined))
	require.True(t, bytes.Equal(data, joined))
	if checkEncoding(Document{Data: data}) != nil {
		return
	}
	if bytes.LastIndex(data, []byte(byteOrderMark)) > 0 {
		return // what the library makes of it depends on its buffer
	}
	docs, ok := libraryDocuments(data)
	if !ok || bytes.IndexByte(data, '!') >= 0 { // nodes do not show the tag "!"
		return
	}
	want := 0
	for _, doc := range docs {
		if strings.Contains(doc.Content[0].Value, "%") {
			return // a scalar that goes on in a line that looks like a directive
		}
		if !isEmptyNode(doc) {
			want++
		}
	}
	require.Equal(t, want, filled)
}

// isEmptyNode is Document.Empty for a node.
func isEmptyNode(doc *yamlv3.Node) bool {
	root := doc.Content[0]
	return root.Kind == yamlv3.ScalarNode && root.Tag == "!!null" && root.Style == 0 && root.Anchor == ""
}

func FuzzSplit(f *testing.F) {
	for _, text := range readings {
		f.Add([]byte(text))
	}
	for _, text := range []string{"---\n---\na: 1\n...\n# c\n%YAML 1.1\n---\nb: 2\n", "a: 1\r---\rb: 2", "\uFEFF# c\n--- |\n x\n...\n", "a\n...\n...\n---\n~\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(checkSplit)
}

func TestSplitRandomStreams(t *testing.T) {
	t.Parallel()
	joints := []string{"---\n", "\n---\n", "\n...\n", "\n--- # c\n", "\n%YAML 1.1\n---\n", "\n...\n%YAML 1.1\n--- ", "\r\n---\r\n", "\n--- ", "# c\n", "\n---", "\uFEFF"}
	r := rand.New(rand.NewPCG(3, 4))
	var stream []byte
	defer func() {
		if t.Failed() {
			t.Logf("the stream is %q", stream)
		}
	}()
	for range 5000 {
		stream = stream[:0]
		for range 1 + r.IntN(4) {
			stream = append(stream, joints[r.IntN(len(joints))]...)
			if r.IntN(3) > 0 {
				stream = append(stream, randomDocument(r)...)
			}
		}
		checkSplit(t, stream)
	}
}
