package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/packstage/packstage/internal/atomicfile"
)

// The table of a document stands between these lines; the text around them is
// its author's.
const (
	beginMarker = "<!-- benchmark:begin -->\n"
	endMarker   = "<!-- benchmark:end -->\n"
)

// writeDocument puts the table between the markers of a file.
func writeDocument(path, table string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	updated, err := replaceTable(string(old), table)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return atomicfile.WriteFile(path, 0o644, func(w io.Writer) error {
		_, err := io.WriteString(w, updated)
		return err
	})
}

func replaceTable(document, table string) (string, error) {
	before, rest, begins := strings.Cut(document, beginMarker)
	_, after, ends := strings.Cut(rest, endMarker)
	if !begins || !ends {
		return "", fmt.Errorf("the lines %q and %q must stand in the file", strings.TrimSpace(beginMarker), strings.TrimSpace(endMarker))
	}
	return before + beginMarker + "\n" + table + "\n" + endMarker + after, nil
}
