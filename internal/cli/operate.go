package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
)

// operation is a call of the installer that takes its time.
type operation struct {
	*connection
	release cluster.Release
	// form is the value of --output.
	form string
	// phases that are known of beforehand.
	phases []expectedPhase
	run    func(ctx context.Context, observe func(installer.Event)) (*installer.Result, error)
	// summary says in a line what was achieved.
	summary func(*installer.Result) string
	// onward is the command that goes on where waiting was not wanted.
	onward string
}

// operate runs an operation, shows what happens, and prints the result.
func (p *program) operate(ctx context.Context, o operation) error {
	shown := p.report(o.form, o.release, o.phases)
	result, err := o.run(ctx, shown.event)
	p.setReporter(nil)
	shown.end(err == nil && result != nil && len(result.Waiting) == 0)
	if lines, ok := shown.(*jsonLines); ok {
		lines.print(newResultLine(o.release, result, err))
		if lines.err != nil {
			return fmt.Errorf("write the result: %w", lines.err)
		}
		if isBlocked(err) {
			return errReported // the findings are in the result
		}
	}
	if err != nil {
		failed := p.releaseFailed(ctx, o.connection, o.release, err)
		if result != nil && result.RolledBack {
			p.remark("packstage: release %s %s", o.release, takenBack(result))
			return withoutOnward(failed)
		}
		return failed
	}
	if o.form == "json" {
		return nil
	}
	if err := p.printFindings(result.Warnings); err != nil {
		return err
	}
	if err := p.result(func(w io.Writer) error { return printResult(w, &o, result) }); err != nil {
		return err
	}
	if len(result.Waiting) > 0 {
		p.remark("packstage %s %s -n %s goes on", o.onward, o.release.Name, o.release.Namespace)
	}
	return nil
}

func printResult(w io.Writer, o *operation, result *installer.Result) error {
	out := &testWriter{w: w}
	if len(result.Waiting) == 0 {
		out.line("%s", o.summary(result))
	} else {
		out.line("release %s is under way (%s so far), and waits for:", o.release, resultCounts(result))
		for _, waiting := range result.Waiting {
			out.line("  %s: %s", waiting.Object, waiting.Message)
		}
	}
	for _, kept := range result.Kept {
		out.line("kept %s: %s", kept.Object, kept.Why)
	}
	return out.err
}

// takenBack says what was done about a revision that failed.
func takenBack(result *installer.Result) string {
	if result.State == "" || result.State == history.StateRemoving {
		return "was removed again"
	}
	return fmt.Sprintf("is back at what was available before, as revision %d", result.Revision)
}

// resultCounts says how many objects were treated how.
func resultCounts(result *installer.Result) string {
	var parts []string
	for _, one := range []struct {
		count int
		word  string
	}{
		{result.Created, "created"}, {result.Changed, "changed"}, {result.Adopted, "taken over"},
		{result.Deleted, "deleted"}, {len(result.Kept), "kept"}, {result.Unchanged, "unchanged"},
	} {
		if one.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", one.count, one.word))
		}
	}
	if len(parts) == 0 {
		return "nothing changed"
	}
	return strings.Join(parts, ", ")
}

// rolledOut is the summary of operations that make a revision available.
func rolledOut(result *installer.Result) string {
	if result.State != history.StateAvailable {
		return fmt.Sprintf("release %s: revision %d is %s (%s)", result.Release, result.Revision, strings.ToLower(string(result.State)), resultCounts(result))
	}
	text := fmt.Sprintf("release %s: revision %d is available (%s)", result.Release, result.Revision, resultCounts(result))
	if !result.NewRevision && result.Created+result.Changed+result.Adopted+result.Deleted == 0 {
		text += ", nothing had to be done"
	}
	return text
}
