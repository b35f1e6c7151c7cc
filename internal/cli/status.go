package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
)

// statusFlags say what of a release is shown.
type statusFlags struct {
	releaseFlags
	all, watch bool
	rules      kindRules
	interval   time.Duration
	output     choice
}

func (p *program) statusCommand() *cobra.Command {
	var flags statusFlags
	flags.output = oneOf("human", "json")
	const interval = 2 * time.Second
	command := &cobra.Command{
		Use:   "status RELEASE",
		Short: "Say how a release is: phase by phase, and what each object waits for",
		Long: `Say how a release is now: its phases with what became of each, the objects that are
not available with what they wait for, and the conditions that the package reports.

The exit code is 0 where everything is available, and 1 where it is not.`,
		Example: `  packstage status shop -n shop
  packstage status shop -n shop --watch
  packstage status shop -n shop --output json`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			if flags.interval <= 0 {
				return usagef("--interval %s: give a time that passes", flags.interval)
			}
			if flags.watch && flags.output.value == "json" {
				return usagef("--watch and --output json contradict each other; packstage wait --output json prints what happens")
			}
			ctx := command.Context()
			connected, release, err := flags.open(command, p, args[0])
			if err != nil {
				return err
			}
			connected.probe = flags.rules.options()
			if flags.watch {
				return p.watchStatus(ctx, connected, release, &flags)
			}
			status, err := connected.reader().Status(ctx, release)
			if err != nil {
				return p.releaseFailed(ctx, connected, release, err)
			}
			if err := p.printStatus(status, &flags); err != nil {
				return err
			}
			if next := statusOnward(status); next != "" && flags.output.value == "human" {
				p.remark("hint: %s", next)
			}
			return statusCode(status)
		},
	}
	flags.add(p, command)
	flags.rules.add(command)
	set := command.Flags()
	set.BoolVar(&flags.all, "all", false, "list objects that are available, too")
	set.BoolVarP(&flags.watch, "watch", "w", false, "show it again whenever it changes, until interrupted")
	set.DurationVar(&flags.interval, "interval", interval, "how often --watch looks")
	choiceFlag(command, &flags.output, "output", "o", "form of the result")
	return command
}

// statusOnward is what can be done about a release that is not as it should be, or "".
func statusOnward(status *installer.Status) string {
	named := status.Release.Name + " -n " + status.Release.Namespace
	switch {
	case status.State == history.StateRemoving:
		return "packstage delete " + named + " goes on"
	case status.Paused != nil:
		return "packstage resume " + named
	case status.State == history.StateProgressing:
		return "packstage wait " + named + " goes on, where nobody else does"
	case status.State == history.StateFailed && status.Available > 0 && status.Available != status.Revision:
		return fmt.Sprintf("packstage wait %s tries again; packstage rollback %s %d -n %s goes back", named, status.Release.Name, status.Available, status.Release.Namespace)
	case status.State == history.StateFailed:
		return "packstage wait " + named + " tries again"
	case !status.Healthy():
		return "packstage drift " + named + " says what differs from the revision"
	default:
		return ""
	}
}

// statusCode ends with exit code 1 where something is not available.
func statusCode(status *installer.Status) error {
	if status.Healthy() {
		return nil
	}
	return errReported
}

func (p *program) printStatus(status *installer.Status, flags *statusFlags) error {
	return p.result(func(w io.Writer) error {
		if flags.output.value == "json" {
			return printJSON(w, statusResult{SchemaVersion: schemaVersion, Status: status, Healthy: status.Healthy()})
		}
		lines := statusLines(status, statusOptions{now: time.Now(), all: flags.all})
		out := &testWriter{w: w}
		for _, line := range lines {
			out.write(line.draw(line.width(), p.coloredOn(p.Stdout)) + "\n")
		}
		return out.err
	})
}

// statusResult is what "status --output json" prints.
type statusResult struct {
	SchemaVersion int `json:"schemaVersion"`
	*installer.Status
	// Healthy tells that everything is available.
	Healthy bool `json:"healthy"`
}

// watchStatus shows the status until it is interrupted: in place on a terminal, and
// elsewhere whenever it has changed.
func (p *program) watchStatus(ctx context.Context, c *connection, release cluster.Release, flags *statusFlags) error {
	width, height, terminal := terminalSize(p.Stdout)
	terminal = terminal && p.env("TERM") != "dumb"
	screen := liveScreen{w: p.Stdout}
	var before string
	var last *installer.Status
	for ctx.Err() == nil {
		status, err := c.reader().Status(ctx, release)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return p.releaseFailed(ctx, c, release, err)
		}
		last = status
		lines := statusLines(status, statusOptions{now: time.Now(), all: flags.all, still: !terminal})
		if terminal {
			if newWidth, newHeight, ok := terminalSize(p.Stdout); ok {
				width, height = newWidth, newHeight
			}
			screen.draw(fit(lines, width, height, p.coloredOn(p.Stdout)))
		} else if text := drawAll(lines); text != before {
			before = text
			if _, err := io.WriteString(p.Stdout, text+"\n"); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(flags.interval):
		}
	}
	if last == nil {
		return ctx.Err()
	}
	return statusCode(last)
}

// fit draws lines for a terminal, those that do not fit left out.
func fit(lines []liveLine, width, height int, color bool) []string {
	most := max(height-1, 1)
	if len(lines) > most {
		left := len(lines) - most + 1
		lines = append(lines[:most-1:most-1], liveLine{mark: "…", style: dimStyle, text: counted(left, "more line")})
	}
	drawn := make([]string, 0, len(lines))
	for _, line := range lines {
		drawn = append(drawn, line.draw(width-1, color))
	}
	return drawn
}

func drawAll(lines []liveLine) string {
	var text strings.Builder
	for _, line := range lines {
		text.WriteString(line.draw(line.width(), false) + "\n")
	}
	return text.String()
}
