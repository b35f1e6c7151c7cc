package fields

import (
	"strings"

	"github.com/packstage/packstage/internal/linediff"
)

// Lines returns the change of a text of several lines in the form of a unified diff,
// without its heading: lines that begin with "@@" above each part, and then with a
// space, "-" or "+". It is nil for all other values, and for masked ones. No line
// holds a character that a terminal would act on.
func Lines(change Change) []string {
	before, isTextBefore := change.Before.(string)
	after, isTextAfter := change.After.(string)
	if change.Masked || !isTextBefore && change.Before != nil || !isTextAfter && change.After != nil {
		return nil
	}
	if !isMultiline(before) && !isMultiline(after) {
		return nil
	}
	var lines []string
	for _, hunk := range linediff.Hunks([]byte(before), []byte(after)) {
		lines = append(lines, hunk.Header())
		for _, line := range hunk.Lines {
			lines = append(lines, string(rune(line.Kind))+visible(line.Text))
			if line.Unfinished {
				lines = append(lines, `\ No newline at end of file`)
			}
		}
	}
	return lines
}

func isMultiline(text string) bool {
	return strings.Contains(strings.TrimSuffix(text, "\n"), "\n")
}
