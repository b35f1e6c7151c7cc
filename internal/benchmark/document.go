package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/packstage/packstage/internal/atomicfile"
)

// markers are the lines between which a generated section of a document stands; the
// text around them is its author's.
func markers(section string) (begin, end string) {
	return "<!-- begin: " + section + " -->\n", "<!-- end: " + section + " -->\n"
}

// writeSection puts a text between the markers of a section of a file.
func writeSection(path, section, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	updated, err := replaceSection(string(old), section, text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return writeFile(path, updated)
}

func writeFile(path, content string) error {
	return atomicfile.WriteFile(path, 0o644, func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	})
}

func replaceSection(document, section, text string) (string, error) {
	begin, end := markers(section)
	before, rest, begins := strings.Cut(document, begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return "", fmt.Errorf("the lines %q and %q must stand in the file", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return before + begin + "\n" + text + "\n" + end + after, nil
}

// markdownTable writes a table with its header.
func markdownTable(header []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(header)
	b.WriteString(strings.Repeat("|---", len(header)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return b.String()
}
