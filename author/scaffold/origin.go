package scaffold

import (
	"strconv"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// originPosition reads "file:line" and "file:line, item 2" for findings; anything else is
// taken for a file.
func originPosition(origin string) diagnostic.Position {
	place, _, _ := strings.Cut(origin, ", item ")
	at := strings.LastIndexByte(place, ':')
	if at > 0 {
		if line, err := strconv.Atoi(place[at+1:]); err == nil && line > 0 {
			return diagnostic.Position{File: origin[:at], Line: line}
		}
	}
	return diagnostic.Position{File: origin}
}
