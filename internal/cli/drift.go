package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/fields"
)

func (p *program) driftCommand() *cobra.Command {
	var where releaseFlags
	output := oneOf("human", "json")
	command := &cobra.Command{
		Use:   "drift RELEASE",
		Short: "Say where a cluster differs from a release, and who changed it",
		Long: `Compare the cluster with the newest revision of a release, field by field, and say
who owns each field that differs. What the revision says nothing about is no drift.
packstage apply with the same package makes it as it was.

The exit code is 1 where there is drift, and where something could not be compared.`,
		Example: `  packstage drift shop -n shop
  packstage drift shop -n shop --output json`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			connected, release, err := where.open(command, p, args[0])
			if err != nil {
				return err
			}
			drift, err := connected.reader().Drift(ctx, release)
			if err != nil {
				return p.releaseFailed(ctx, connected, release, err)
			}
			err = p.result(func(w io.Writer) error {
				if output.value == "json" {
					if drift.Objects == nil {
						drift.Objects = []installer.DriftObject{}
					}
					return printJSON(w, driftResult{SchemaVersion: schemaVersion, Drift: drift})
				}
				return printDrift(&testWriter{w: w, color: p.coloredOn(p.Stdout)}, drift)
			})
			if err == nil && len(drift.Objects) > 0 {
				err = errReported
			}
			return err
		},
	}
	where.add(p, command)
	choiceFlag(command, &output, "output", "o", "form of the result")
	return command
}

// driftResult is what "drift --output json" prints.
type driftResult struct {
	SchemaVersion int `json:"schemaVersion"`
	*installer.Drift
}

func printDrift(out *testWriter, drift *installer.Drift) error {
	for _, object := range drift.Objects {
		mark, style, what := "~", changedStyle, ""
		switch {
		case object.Missing:
			mark, style, what = "-", removedStyle, "  (missing)"
		case object.Foreign:
			mark, style, what = "!", removedStyle, "  (there is one that is not of this release)"
		case object.Unknown != "":
			mark, style, what = "?", hunkStyle, "  ("+object.Unknown+")"
		}
		out.paint(style, mark+" "+printable(object.Object.String()))
		out.line("%s", what)
		for _, change := range object.Changes {
			out.line("    %s", driftText(change))
		}
	}
	if len(drift.Objects) == 0 {
		out.line("release %s: %s as revision %d says", drift.Release, counted(drift.Checked, "object"), drift.Revision)
	} else {
		out.line("release %s: %d of %s not as revision %d says", drift.Release, len(drift.Objects), counted(drift.Checked, "object"), drift.Revision)
	}
	return out.err
}

// driftText says what differs, what it should be, and who owns it.
func driftText(change fields.Change) string {
	text := change.Path + ": "
	switch before, after := change.Texts(); {
	case change.Masked && change.Kind == fields.Changed:
		text += "is not as it should be (not shown)"
	case change.Kind == fields.Added:
		text += "is missing, should be " + after
	case change.Kind == fields.Removed:
		text += "is " + before + ", should not be there"
	default:
		text += "is " + before + ", should be " + after
	}
	var managers []string
	for _, manager := range change.Managers {
		managers = append(managers, manager.String())
	}
	if len(managers) > 0 {
		text += "  set by " + strings.Join(managers, ", ")
	}
	return text
}
