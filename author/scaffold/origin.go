package scaffold

import (
	"strconv"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// originPosition reads "file:line" for findings; anything else is taken for a file.
func originPosition(origin string) diagnostic.Position {
	at := strings.LastIndexByte(origin, ':')
	if at > 0 {
		if line, err := strconv.Atoi(origin[at+1:]); err == nil && line > 0 {
			return diagnostic.Position{File: origin[:at], Line: line}
		}
	}
	return diagnostic.Position{File: origin}
}
