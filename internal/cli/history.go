package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer/history"
)

func (p *program) historyCommand() *cobra.Command {
	var where releaseFlags
	output := oneOf("human", "json")
	command := &cobra.Command{
		Use:   "history RELEASE",
		Short: "List the revisions of a release",
		Long: `List the revisions of a release that are kept, the newest last: what became of each,
when and by whom it was made, from which package, and why.`,
		Example: `  packstage history shop -n shop
  packstage history shop -n shop --output json`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			connected, release, err := where.open(command, p, args[0])
			if err != nil {
				return err
			}
			record, err := connected.reader().History(ctx, release)
			if err != nil {
				return p.releaseFailed(ctx, connected, release, err)
			}
			return p.result(func(w io.Writer) error {
				if output.value == "json" {
					return printJSON(w, historyResult{SchemaVersion: schemaVersion, Record: record})
				}
				return printHistory(w, record)
			})
		},
	}
	where.add(p, command)
	choiceFlag(command, &output, "output", "o", "form of the result")
	return command
}

// historyResult is what "history --output json" prints.
type historyResult struct {
	SchemaVersion int `json:"schemaVersion"`
	*history.Record
}

func printHistory(w io.Writer, record *history.Record) error {
	out := &testWriter{w: w}
	rows := [][]string{{"REVISION", "STATE", "WHEN", "WHO", "OBJECTS", "PACKAGE", "WHY"}}
	for _, revision := range record.Revisions {
		rows = append(rows, []string{
			fmt.Sprint(revision.Number), string(revision.State), revision.When.UTC().Format(time.RFC3339),
			orDash(revision.Who), fmt.Sprint(revision.Objects), packageOf(revision), whyOf(revision),
		})
	}
	printTable(out, rows)
	if record.Rebuilt {
		out.line("the record of the release was lost and made again from the revisions: which of them was available is not known")
	}
	return out.err
}

// packageOf names the package of a revision, and its image where it was one.
func packageOf(revision history.Revision) string {
	name := revision.Reference
	if name == "" {
		name = revision.PackageName
	}
	if digest := revision.ImageDigest; digest != "" && !strings.Contains(name, digest) {
		const shown = len("sha256:") + 12
		name += " (" + digest[:min(shown, len(digest))] + ")"
	}
	return orDash(name)
}

func whyOf(revision history.Revision) string {
	var parts []string
	if revision.RollbackTo > 0 {
		parts = append(parts, fmt.Sprintf("back to revision %d", revision.RollbackTo))
	}
	if revision.Why != "" && revision.Why != fmt.Sprintf("rollback to revision %d", revision.RollbackTo) {
		parts = append(parts, revision.Why)
	}
	if revision.Message != "" {
		parts = append(parts, firstLine(revision.Message))
	}
	return orDash(strings.Join(parts, "; "))
}

// firstLine is what fits where there is one line.
func firstLine(text string) string {
	first, rest, _ := strings.Cut(text, "\n")
	if rest = strings.TrimSpace(rest); rest != "" {
		first += ": " + strings.Join(strings.Fields(rest), " ")
	}
	return first
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// printTable prints rows in columns; the last one takes what it needs.
func printTable(out *testWriter, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], textWidth(printable(cell)))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			if i == len(row)-1 {
				line += printable(cell)
			} else {
				line += padded(printable(cell), widths[i]+2)
			}
		}
		out.write(line + "\n")
	}
}
