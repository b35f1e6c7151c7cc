package cli

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// fakeTerminal shows what a terminal would show: it knows line breaks, the movements of
// the cursor and the erasing that this package uses, breaks lines that are too long, and
// scrolls. Anything else is an error.
type fakeTerminal struct {
	width, height int
	// screen are the lines in view, and scrolled those that went out of it.
	screen, scrolled []string
	row, column      int
	faults           []string
}

func newFakeTerminal(width, height int) *fakeTerminal {
	return &fakeTerminal{width: width, height: height, screen: make([]string, height)}
}

// Write implements io.Writer.
func (f *fakeTerminal) Write(data []byte) (int, error) {
	text := []rune(string(data))
	for i := 0; i < len(text); i++ {
		switch r := text[i]; r {
		case '\r':
			f.column = 0
		case '\n':
			f.column = 0
			f.down()
		case '\x1b':
			i = f.escape(text, i+1)
		default:
			f.put(r)
		}
	}
	return len(data), nil
}

// escape carries out "[NUMBERS LETTER", and returns where the letter is.
func (f *fakeTerminal) escape(text []rune, at int) int {
	start := at + 1
	for at = start; at < len(text) && (text[at] < 'A' || text[at] > 'z'); at++ {
	}
	argument := string(text[start:at])
	switch text[at] {
	case 'A':
		count, _ := strconv.Atoi(argument)
		if count > f.row {
			f.faults = append(f.faults, fmt.Sprintf("%d lines up from line %d", count, f.row))
			count = f.row
		}
		f.row -= count
	case 'K':
		f.screen[f.row] = f.upTo(f.column)
	case 'J':
		f.screen[f.row] = f.upTo(f.column)
		for row := f.row + 1; row < f.height; row++ {
			f.screen[row] = ""
		}
	case 'm':
	default:
		f.faults = append(f.faults, "unknown sequence "+argument+string(text[at]))
	}
	return at
}

func (f *fakeTerminal) upTo(column int) string {
	line := []rune(f.screen[f.row])
	return string(line[:min(column, len(line))])
}

func (f *fakeTerminal) put(r rune) {
	if f.column >= f.width {
		f.column = 0
		f.down()
	}
	line := []rune(f.screen[f.row])
	for len(line) <= f.column {
		line = append(line, ' ')
	}
	line[f.column] = r
	f.screen[f.row] = string(line)
	f.column++
}

func (f *fakeTerminal) down() {
	if f.row == f.height-1 {
		f.scrolled = append(f.scrolled, f.screen[0])
		f.screen = append(f.screen[1:], "")
		return
	}
	f.row++
}

// String returns what is in view, and above a line what scrolled out of it.
func (f *fakeTerminal) String() string {
	var out bytes.Buffer
	for _, line := range f.scrolled {
		out.WriteString("^ " + strings.TrimRight(line, " ") + "\n")
	}
	for _, line := range f.screen {
		out.WriteString(strings.TrimRight("| "+line, " ") + "\n")
	}
	return out.String()
}

func TestScreenIsDrawnInPlace(t *testing.T) {
	t.Parallel()
	terminal := newFakeTerminal(20, 5)
	screen := liveScreen{w: terminal}
	screen.draw([]string{"one", "two longer", "three"})
	screen.draw([]string{"ONE", "two"})
	assert.Equal(t, "| ONE\n| two\n|\n|\n|\n", terminal.String())
	screen.above("note 1")
	screen.draw([]string{"one", "two", "three"})
	assert.Equal(t, "| note 1\n| one\n| two\n| three\n|\n", terminal.String())
	screen.above("note 2")
	screen.above("note 3")
	assert.Equal(t, "^ note 1\n^ note 2\n| note 3\n| one\n| two\n| three\n|\n", terminal.String())
	assert.Empty(t, terminal.faults)
}

func TestScreenIsNotDrawnTwice(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	screen := liveScreen{w: &out}
	screen.draw([]string{"one"})
	written := out.Len()
	screen.draw([]string{"one"})
	assert.Equal(t, written, out.Len())
}
