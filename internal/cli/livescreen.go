package cli

import (
	"bytes"
	"fmt"
	"io"
)

// liveScreen draws lines over those that it has drawn before. It uses nothing but
// movements of the cursor and erasing, which every terminal of today knows.
type liveScreen struct {
	w io.Writer
	// lines that are on the screen; the cursor is below them.
	lines []string
}

// draw replaces what was drawn. Lines must not be wider than the terminal, and there
// must be fewer of them than it has.
func (s *liveScreen) draw(lines []string) {
	if len(lines) == len(s.lines) && equalLines(lines, s.lines) {
		return
	}
	var out bytes.Buffer
	s.up(&out)
	for _, line := range lines {
		out.WriteString(line + "\x1b[K\n")
	}
	if len(lines) < len(s.lines) {
		out.WriteString("\x1b[J")
	}
	s.lines = append([]string(nil), lines...)
	_, _ = s.w.Write(out.Bytes()) // a terminal that is gone cannot be told
}

// above prints a line that stays, above what is drawn.
func (s *liveScreen) above(line string) {
	var out bytes.Buffer
	s.up(&out)
	out.WriteString("\x1b[J" + line + "\n")
	for _, drawn := range s.lines {
		out.WriteString(drawn + "\x1b[K\n")
	}
	_, _ = s.w.Write(out.Bytes())
}

func (s *liveScreen) up(out *bytes.Buffer) {
	if len(s.lines) > 0 {
		fmt.Fprintf(out, "\x1b[%dA\r", len(s.lines))
	}
}

func equalLines(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
