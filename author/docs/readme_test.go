package docs_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/diagnostic"
)

const (
	begin = docs.BeginMark
	end   = docs.EndMark
)

func TestReplaceKeepsEverythingElse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ before, after string }{
		"empty":               {begin + "\n" + end, begin + "\n\nnew\n\n" + end},
		"with an old section": {"a\n" + begin + "\nold\n" + end + "\nb", "a\n" + begin + "\n\nnew\n\n" + end + "\nb"},
		"CRLF":                {"a\r\n" + begin + "\r\nold\r\n" + end + "\r\nb\n", "a\r\n" + begin + "\r\n\r\nnew\r\n\r\n" + end + "\r\nb\n"},
		"indented marks":      {"  " + begin + " \n   " + end + "\n", "  " + begin + " \n\nnew\n\n   " + end + "\n"},
		"marks in indented code": {
			"    " + begin + "\n\t" + end + "\n\n    ```\n\n" + begin + "\n" + end + "\n",
			"    " + begin + "\n\t" + end + "\n\n    ```\n\n" + begin + "\n\nnew\n\n" + end + "\n",
		},
		"byte order mark": {"\ufeff" + begin + "\n" + end + "\n", "\ufeff" + begin + "\n\nnew\n\n" + end + "\n"},
		"marks in code before": {
			"```\n" + begin + "\n```\n~~~~\n" + end + "\n~~~\n~~~~\n" + begin + "\n" + end + "\n",
			"```\n" + begin + "\n```\n~~~~\n" + end + "\n~~~\n~~~~\n" + begin + "\n\nnew\n\n" + end + "\n",
		},
		"marks in a line":    {"see " + begin + "\n" + begin + "\n" + end + "\n", "see " + begin + "\n" + begin + "\n\nnew\n\n" + end + "\n"},
		"bytes that are odd": {"\xff\x00\t \n" + begin + "\n" + end + "\n\n\n \xfe", "\xff\x00\t \n" + begin + "\n\nnew\n\n" + end + "\n\n\n \xfe"},
	} {
		got, err := docs.Replace("README.md", []byte(test.before), []byte("new\n"))
		require.NoError(t, err, name)
		assert.Equal(t, test.after, string(got), name)
		again, err := docs.Replace("README.md", got, []byte("new\n"))
		require.NoError(t, err, name)
		assert.Equal(t, string(got), string(again), "%s: a second time changes nothing", name)
	}
}

func TestReplaceRefusesMarksThatDoNotBelongTogether(t *testing.T) {
	t.Parallel()
	_, err := docs.Replace("README.md", []byte("# a\n```\n"+begin+"\n"+end+"\n```\n"), nil)
	require.ErrorIs(t, err, docs.ErrNoMarks)
	for text, want := range map[string]string{
		"\n" + begin + "\n":                                     "README.md:2:1: the section begins here and ends nowhere",
		end + "\n":                                              "README.md:1:1: the section ends here and begins nowhere",
		end + "\n" + begin + "\n":                               "README.md:1:1: the section ends before it begins",
		begin + "\n" + begin + "\n" + end + "\n":                "README.md:2:1: the section begins a second time",
		begin + "\n" + end + "\n\n" + end + "\n":                "README.md:4:1: the section ends a second time",
		begin + "\n" + end + "\n" + begin + "\n" + end + "\n\n": "README.md:3:1: the section begins a second time",
	} {
		_, err := docs.Replace("README.md", []byte(text), []byte("new"))
		require.ErrorIs(t, err, diagnostic.DocsMarks, text)
		found, _ := diagnostic.From(err)
		require.Len(t, found, 1, text)
		assert.Equal(t, want, found[0].Position.String()+": "+found[0].Message, text)
	}
}

func TestInsert(t *testing.T) {
	t.Parallel()
	for before, want := range map[string]string{
		"":           "# my\\_\n\n" + begin + "\n\nnew\n\n" + end + "\n",
		"\n \n":      "# my\\_\n\n" + begin + "\n\nnew\n\n" + end + "\n",
		"text":       "text\n\n" + begin + "\n\nnew\n\n" + end + "\n",
		"text\n":     "text\n\n" + begin + "\n\nnew\n\n" + end + "\n",
		"a\r\nb\r\n": "a\r\nb\r\n\r\n" + begin + "\r\n\r\nnew\r\n\r\n" + end + "\r\n",
	} {
		assert.Equal(t, want, string(docs.Insert([]byte(before), []byte("new\n"), "my_")))
	}
}

// What stands around the section is never touched, whatever it is.
func FuzzReplace(f *testing.F) {
	f.Add("a\n", "\nb", "section")
	f.Add("```\n", "\n```", "| a |")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, before, after, section string) {
		readme := before + "\n" + begin + "\nold\n" + end + "\n" + after
		got, err := docs.Replace("README.md", []byte(readme), []byte(section))
		if err != nil {
			return // marks of its own, or a block of code that never ends
		}
		i := bytes.Index(got, []byte(begin))
		require.True(t, strings.HasPrefix(readme, string(got[:i])))
		if !strings.Contains(section, end) && !strings.Contains(before, begin) {
			require.True(t, bytes.HasPrefix(got, []byte(before+"\n"+begin+"\n")))
			require.True(t, bytes.HasSuffix(got, []byte(end+"\n"+after)))
		}
	})
}
