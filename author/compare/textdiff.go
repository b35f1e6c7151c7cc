package compare

import (
	"strings"

	"github.com/packstage/packstage/internal/linediff"
)

// mostDiffLines bounds what is kept of a diff.
const mostDiffLines = 400

// unifiedDiff compares two texts line by line and returns the hunks of a unified
// diff, without a headline; of very long ones the beginning.
func unifiedDiff(before, after string) string {
	var b strings.Builder
	lines := 0
	for _, hunk := range linediff.Hunks([]byte(before), []byte(after)) {
		b.WriteString(hunk.Header() + "\n")
		for _, line := range hunk.Lines {
			if lines++; lines > mostDiffLines {
				b.WriteString("… more lines are not shown\n")
				return b.String()
			}
			b.WriteByte(byte(line.Kind))
			b.WriteString(line.Text + "\n")
			if line.Unfinished {
				b.WriteString(linediff.NoLineBreak + "\n")
			}
		}
	}
	return b.String()
}
