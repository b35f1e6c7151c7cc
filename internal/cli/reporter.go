package cli

import (
	"encoding/json"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
)

// reporter shows what an operation does while it does it.
type reporter interface {
	// event is called by one goroutine at a time.
	event(installer.Event)
	// note shows a line that is no event; it may be called at any time.
	note(line string)
	// end is called once, after the last event; done tells that everything is as wanted.
	end(done bool)
}

// report returns the reporter for a form of output. Whoever calls it calls end.
func (p *program) report(form string, release cluster.Release, phases []expectedPhase) reporter {
	var r reporter
	switch width, height, terminal := terminalSize(p.Stderr); {
	case form == "json":
		r = &jsonLines{w: p.Stdout, program: p}
	case p.quiet:
		r = silent{}
	case terminal && p.env("TERM") != "dumb":
		view := newRolloutView(release.String(), phases, p.colored())
		r = startLive(p.Stderr, view, func() (int, int) {
			if newWidth, newHeight, ok := terminalSize(p.Stderr); ok {
				width, height = newWidth, newHeight
			}
			return width, height
		}, time.Now)
	default:
		r = &eventLines{program: p, began: time.Now()}
	}
	p.setReporter(r)
	return r
}

// setReporter makes a reporter the one that asides go to; nil is none.
func (p *program) setReporter(r reporter) {
	p.reporting.Lock()
	defer p.reporting.Unlock()
	p.reporter = r
}

// aside says something to the user while something else may be on the screen.
func (p *program) aside(format string, arguments ...any) {
	p.reporting.Lock()
	defer p.reporting.Unlock()
	if p.reporter != nil {
		p.reporter.note(sprintable(format, arguments...))
		return
	}
	p.remark(format, arguments...)
}

// terminalSize returns columns and lines of a terminal, with a usual size where it does
// not tell, and whether the writer is one.
func terminalSize(w io.Writer) (width, height int, terminal bool) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, 0, false
	}
	width, height, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		return 80, 24, true
	}
	return width, height, true
}

type silent struct{}

func (silent) event(installer.Event) {}
func (silent) note(string)           {}
func (silent) end(bool)              {}

// jsonLines prints each event as a line of JSON.
type jsonLines struct {
	w       io.Writer
	program *program
	err     error
}

func (j *jsonLines) event(event installer.Event) { j.print(event) }

func (j *jsonLines) note(line string) { j.program.remark("%s", line) }

func (j *jsonLines) end(bool) {}

func (j *jsonLines) print(document any) {
	if j.err != nil {
		return
	}
	encoder := json.NewEncoder(j.w)
	encoder.SetEscapeHTML(false)
	j.err = encoder.Encode(document)
}

// resultLine is the last of the lines of JSON.
type resultLine struct {
	Type          string `json:"type"`
	SchemaVersion int    `json:"schemaVersion"`
	*installer.Result
	// Error is what the operation ended with, and Diagnostics the findings that kept
	// it from beginning.
	Error       string                 `json:"error,omitempty"`
	Diagnostics diagnostic.Diagnostics `json:"diagnostics,omitempty"`
}

func newResultLine(release cluster.Release, result *installer.Result, err error) resultLine {
	if result == nil {
		result = &installer.Result{Release: release}
	}
	line := resultLine{Type: "result", SchemaVersion: schemaVersion, Result: result}
	if err != nil {
		line.Error = err.Error()
		line.Diagnostics, _ = diagnostic.From(err)
	}
	return line
}
