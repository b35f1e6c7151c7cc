// Package docs_test keeps the documents true: what can be generated is compared
// with the code, and links lead somewhere.
package docs_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/celenv"
	"github.com/packstage/packstage/template"
)

var update = flag.Bool("update", false, "write the generated documents")

func TestFunctionListIsCurrent(t *testing.T) {
	t.Parallel()
	got := functionList()
	if *update {
		require.NoError(t, os.WriteFile("functions.md", []byte(got), 0o644))
	}
	want, err := os.ReadFile("functions.md")
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "run: go test ./docs -update")
}

// functionList is docs/functions.md.
func functionList() string {
	var b strings.Builder
	b.WriteString(`# Functions

Generated from the code by ` + "`go test ./docs -update`" + `.

Functions of templates read no clock, randomness, environment, network or file
system, and walk maps in the order of their keys: a template writes the same for
the same package and context, everywhere. Work and memory of each are
[bounded](format.md#15-limits).

`)
	origins := []struct{ origin, heading, about string }{
		{"package", "Functions of the format", "[format.md](format.md#81-functions) says what they do."},
		{"text/template", "Functions of text/template", "As the Go documentation of [text/template](https://pkg.go.dev/text/template#hdr-Functions) has them."},
		{"sprig", "Functions of sprig", "As the [documentation of sprig](https://masterminds.github.io/sprig/) has them."},
	}
	for _, o := range origins {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n", o.heading, o.about)
		var names, notes []string
		for _, f := range template.Functions() {
			if f.Origin != o.origin || !f.Available {
				continue
			}
			names = append(names, "`"+f.Name+"`")
			if f.Note != "" {
				notes = append(notes, fmt.Sprintf("| `%s` | %s |\n", f.Name, f.Note))
			}
		}
		b.WriteString(wrapped(strings.Join(names, ", ")+".") + "\n")
		if len(notes) > 0 {
			b.WriteString("Where they differ:\n\n| function | difference |\n|---|---|\n" + strings.Join(notes, "") + "\n")
		}
	}
	b.WriteString("## Left out\n\nsprig has these, templates do not.\n\n| function | reason |\n|---|---|\n")
	for _, f := range template.Functions() {
		if !f.Available {
			fmt.Fprintf(&b, "| `%s` | %s |\n", f.Name, f.Note)
		}
	}
	b.WriteString("\n## CEL\n\nBeside the [standard functions and macros](https://github.com/google/cel-spec/blob/master/doc/langdef.md)" +
		"\nof CEL, conditions and rules have these libraries of Kubernetes:\n\n")
	for _, name := range celenv.Libraries() {
		fmt.Fprintf(&b, "- %s\n", name)
	}
	b.WriteString("\nThe Kubernetes documentation of\n[CEL](https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-cel-libraries) describes their functions.\n")
	return b.String()
}

// wrapped breaks text into lines of at most 80 characters.
func wrapped(text string) string {
	var b strings.Builder
	length := 0
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case length == 0:
		case length+1+len(word) > 80:
			b.WriteByte('\n')
			length = 0
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	b.WriteByte('\n')
	return b.String()
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	fence   = regexp.MustCompile("(?ms)^ *```.*?^ *```")
)

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	documents, err := filepath.Glob("*.md")
	require.NoError(t, err)
	roots, err := filepath.Glob("../*.md")
	require.NoError(t, err)
	notes, err := filepath.Glob("design/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, documents)
	for _, document := range slices.Concat(documents, roots, notes) {
		text := readDocument(t, document)
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			path := document
			if target != "" {
				path = filepath.Join(filepath.Dir(document), filepath.FromSlash(target))
			}
			if _, err := os.Stat(path); !assert.NoError(t, err, "%s links to %s", document, match[1]) || anchor == "" {
				continue
			}
			assert.Contains(t, anchors(readDocument(t, path)), anchor, "%s links to %s", document, match[1])
		}
	}
}

// readDocument returns a document without its code blocks.
func readDocument(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return fence.ReplaceAllString(string(text), "")
}

// anchors returns the anchors that code hosts make of headings.
func anchors(document string) []string {
	var found []string
	for _, match := range heading.FindAllStringSubmatch(document, -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(match[1]) {
			switch {
			case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
				b.WriteRune(r)
			case r == ' ':
				b.WriteByte('-')
			}
		}
		found = append(found, b.String())
	}
	return found
}
