package lint

import (
	"bytes"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// isLiteral tells whether what stands at a position is text of the author, not what
// an action of a template writes.
func (s *Subject) isLiteral(position diagnostic.Position) bool {
	data, ok := s.Package.Files.Read(position.File)
	offset, there := offsetOf(data, position)
	if !ok || !there {
		return false
	}
	if _, inAction := s.actionAt(position); inAction {
		return false
	}
	rest := string(data[offset:])
	line, below, _ := strings.Cut(rest, "\n")
	if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "|") || strings.HasPrefix(trimmed, ">") {
		line, _, _ = strings.Cut(below, "\n")
	}
	return !strings.Contains(line, "{{")
}

// offsetOf returns where a position is in a file.
func offsetOf(data []byte, position diagnostic.Position) (offset int, ok bool) {
	if position.Line < 1 || position.Column < 1 {
		return 0, false
	}
	for line := 1; line < position.Line; line++ {
		end := bytes.IndexByte(data[offset:], '\n')
		if end < 0 {
			return 0, false
		}
		offset += end + 1
	}
	offset += position.Column - 1
	return offset, offset <= len(data)
}
