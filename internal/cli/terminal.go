package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// colored tells whether findings are printed in colour.
func (p *program) colored() bool { return p.coloredOn(p.Stderr) }

// coloredOn tells whether to write to a stream in colour. NO_COLOR counts where it is
// set to anything (no-color.org); the flag is more explicit and wins.
func (p *program) coloredOn(w io.Writer) bool {
	switch p.color.value {
	case "always":
		return true
	case "never":
		return false
	default:
		_, terminal := terminalWidth(w)
		return terminal && p.env("NO_COLOR") == "" && p.env("TERM") != "dumb"
	}
}

// terminalWidth returns the number of columns of a terminal, 0 where it does not
// tell, and whether the writer is one.
func terminalWidth(w io.Writer) (int, bool) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0, true
	}
	return width, true
}

// printable writes what a terminal might act on, and line breaks, as escapes:
// packages may be hostile.
func printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}
