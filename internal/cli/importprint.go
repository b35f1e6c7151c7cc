package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
)

// importResult is what "import --output json" prints.
type importResult struct {
	SchemaVersion int    `json:"schemaVersion"`
	Name          string `json:"name"`
	Folder        string `json:"folder"`
	// Written is false with --dry-run.
	Written bool     `json:"written"`
	Files   []string `json:"files"`
	Objects int      `json:"objects"`
	// Compared are the objects that render as they were in the source.
	Compared int `json:"compared"`
	// Unlocked are images that still need an entry in the lock.
	Unlocked  []string            `json:"unlocked"`
	Decisions []scaffold.Decision `json:"decisions"`
}

func (p *program) printImport(outcome *importOutcome, flags *importFlags) error {
	if outcome.locked {
		outcome.Unlocked = nil
	}
	if flags.output.value == "json" {
		return p.result(func(w io.Writer) error {
			return printJSON(w, importResult{
				SchemaVersion: schemaVersion, Name: outcome.Name, Folder: outcome.folder, Written: outcome.written,
				Files: outcome.Paths(), Objects: outcome.Objects, Compared: outcome.Compared,
				Unlocked: append([]string{}, outcome.Unlocked...), Decisions: append([]scaffold.Decision{}, outcome.Decisions...),
			})
		})
	}
	return p.result(func(w io.Writer) error {
		out := &linePrinter{w: w}
		if !p.quiet {
			out.decisions(outcome.Decisions)
		}
		out.tree(outcome)
		out.summary(outcome)
		return out.err
	})
}

// linePrinter prints lines and remembers what went wrong.
type linePrinter struct {
	w   io.Writer
	err error
}

func (o *linePrinter) line(format string, arguments ...any) {
	if o.err == nil {
		_, o.err = io.WriteString(o.w, printable(fmt.Sprintf(format, arguments...))+"\n")
	}
}

// tree prints the files of the package, those for the author alone as one line a folder.
func (o *linePrinter) tree(outcome *importOutcome) {
	o.line("%s/", strings.TrimSuffix(outcome.folder, "/"))
	hidden := map[string]int{}
	for _, path := range outcome.Paths() {
		if top, _, _ := strings.Cut(path, "/"); strings.HasPrefix(top, ".") {
			hidden[top]++
			continue
		}
		o.line("  %s", path)
	}
	for _, folder := range []string{".packstage", ".test-fixtures"} {
		if n := hidden[folder]; n > 0 {
			o.line("  %s/ (%s, not part of the image)", folder, counted(n, "file"))
		}
	}
	o.line("")
}

func (o *linePrinter) summary(outcome *importOutcome) {
	switch {
	case outcome.Compared == outcome.Objects && outcome.Objects == 1:
		o.line("1 object, which renders as it was.")
	case outcome.Compared == outcome.Objects:
		o.line("%d objects, which all render as they were.", outcome.Objects)
	default:
		o.line("%s, of which %d render as they were with the defaults of the configuration.", counted(outcome.Objects, "object"), outcome.Compared)
	}
	if !outcome.written {
		o.line("Nothing was written.")
		return
	}
	if outcome.locked {
		o.line("All images are locked.")
	}
	if len(outcome.Unlocked) > 0 {
		o.line("Next: packstage lock %s", shellPath(outcome.folder))
		return
	}
	o.line("Next: packstage test %s", shellPath(outcome.folder))
}
