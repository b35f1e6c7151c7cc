package compare_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/compare"
	"github.com/packstage/packstage/diagnostic"
)

// What packages hold cannot break out of a report: not into the terminal, not into
// the markup of a comment.
func TestHostileText(t *testing.T) {
	t.Parallel()
	hostile := []string{
		"\x1b[31mred\x1b[0m", "a\nb\r\nc", "\u202eright to left", "</details><script>alert(1)</script>", "`", "``` ````", "` a `", " ",
		"@someone and @org/team", "#1 and GH-2", "**bold** __bold__ ~~gone~~", "[a](https://example.com)", "https://example.com www.example.com",
		"| a | b |", "![a](b)", "<!-- a -->", "&lt;", "- item", "> quote", "\\`a`", "\xff\xfe",
	}
	for _, text := range hostile {
		report := &compare.Report{
			A: compare.Subject{Name: text, Reference: text}, B: compare.Subject{Name: text, Reference: text}, Verdict: compare.Breaking, Rise: compare.RiseMajor,
			Cases:    []compare.ComparedCase{{Name: text, Compared: true}, {Name: "other", Compared: true}},
			Findings: diagnostic.Diagnostics{{Message: text}},
		}
		for _, effect := range []compare.Effect{compare.Breaking, compare.Notable, compare.Compatible} {
			report.Changes = append(report.Changes, compare.Change{
				Code: compare.FieldChanged, Area: compare.AreaObjects, Effect: effect, Component: text,
				Object: &compare.ObjectReference{Kind: text, Name: text, Namespace: text}, Field: text, Message: text,
				Text: "@@ -1 +1 @@\n-" + text + "\n+```\n+" + strings.ReplaceAll(text, "\n", "\n+") + "\n", Cases: []string{text},
				Position: diagnostic.Position{File: text, Line: 1},
			})
		}
		var human, markdown bytes.Buffer
		require.NoError(t, compare.Human(&human, report, compare.HumanOptions{Compatible: true}))
		require.NotContains(t, human.String(), "\x1b")
		require.NotContains(t, human.String(), "\u202e")
		require.NotContains(t, human.String(), "\r")
		require.NoError(t, compare.Markdown(&markdown, report))

		// What is left outside of fences and code spans has no markup but ours.
		rest := regexp.MustCompile("(?ms)^  (`{3,})diff\n.*?^  (`{3,})\n").ReplaceAllStringFunc(markdown.String(), func(block string) string {
			fences := regexp.MustCompile("(?m)^  (`{3,})").FindAllStringSubmatch(block, -1)
			require.Len(t, fences, 2, "%q: %s", text, block)
			require.Equal(t, fences[0][1], fences[1][1])
			return ""
		})
		rest = withoutCode(rest)
		require.NotContains(t, rest, "`", "%q: %s", text, rest)
		for _, tag := range regexp.MustCompile(`<[^>]*>?`).FindAllString(rest, -1) {
			require.Contains(t, []string{"<details>", "</details>", "<summary>", "</summary>"}, tag, "%q", text)
		}
		require.Equal(t, strings.Count(rest, "<details>"), strings.Count(rest, "</details>"), "%q", text)
		require.NotRegexp(t, `@[a-z]|(^|[^\\])#\d|GH-\d|://|www\.`, rest, "%q", text)
		// Up to the next blank line, <details> is HTML, in which Markdown means nothing.
		rest = regexp.MustCompile(`(?m)^<summary>.*</summary>$`).ReplaceAllString(rest, "")
		require.NotRegexp(t, `(^|[^\\])(\*\*bold|\]\()`, rest)
	}
}

// Comments of pull requests take 65,536 characters, whatever a package calls things.
func TestMarkdownOfLongNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("k", 200_000)
	report := &compare.Report{Verdict: compare.Breaking, Findings: diagnostic.Diagnostics{{Message: long}}}
	for range 100 {
		report.Changes = append(report.Changes, compare.Change{
			Code: compare.FieldChanged, Area: compare.AreaObjects, Effect: compare.Notable, Field: long, Message: "$x$ " + long,
			Object: &compare.ObjectReference{Kind: "Thing", Name: long}, Text: "@@ -1 +1 @@\n-" + long + "\n", Cases: []string{long},
		})
	}
	var human, markdown bytes.Buffer
	require.NoError(t, compare.Markdown(&markdown, report))
	require.Less(t, markdown.Len(), 65_536)
	require.Contains(t, markdown.String(), `\$x\$`, "no formula either")
	require.NoError(t, compare.Human(&human, report, compare.HumanOptions{}))
	require.Less(t, human.Len(), 1_000_000)
}

// withoutCode takes code spans out of a text, as CommonMark finds them.
func withoutCode(text string) string {
	var b strings.Builder
	for text != "" {
		if rest, ok := strings.CutPrefix(text, "\\`"); ok {
			text = rest
			continue
		}
		if text[0] != '`' {
			b.WriteByte(text[0])
			text = text[1:]
			continue
		}
		run := len(text) - len(strings.TrimLeft(text, "`"))
		end := -1
		for i := run; i < len(text); {
			if text[i] != '`' {
				i++
				continue
			}
			length := len(text[i:]) - len(strings.TrimLeft(text[i:], "`"))
			if length == run {
				end = i + length
				break
			}
			i += length
		}
		if end < 0 {
			b.WriteString(text[:run])
			text = text[run:]
			continue
		}
		text = text[end:]
	}
	return b.String()
}
