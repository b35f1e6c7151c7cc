package cli

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
)

// deleteFlags say how a release is removed.
type deleteFlags struct {
	releaseFlags
	waitFlags
	wait, foreign, dryRun, ignoreNotFound bool
}

func (p *program) deleteCommand() *cobra.Command {
	var flags deleteFlags
	command := &cobra.Command{
		Use:        "delete RELEASE",
		SuggestFor: []string{"uninstall", "remove", "destroy"},
		Short:      "Remove a release from a cluster",
		Long: `Remove the objects of a release, its phases in reverse order and each gone before
the next one goes, and then its history. It asks nothing; --dry-run says what would
go, and what would stay.

Nothing is removed that is not the release's. What stays is printed, with the reason:
objects that a package or somebody has given the annotation
packstage.dev/deletion-policy: orphan, definitions that others have custom resources
of, and namespaces that others have objects in. --delete-foreign removes these two,
and with them what belongs to others. A namespace that apply --create-namespace has
made is not an object of the release: it stays.`,
		Example: `  packstage delete shop -n shop --dry-run
  packstage delete shop -n shop --timeout 5m`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			if err := flags.check(); err != nil {
				return err
			}
			connected, release, err := flags.open(command, p, args[0])
			if err != nil {
				return err
			}
			ctx := command.Context()
			if flags.ignoreNotFound {
				var missing *history.NotFoundError
				if _, err := connected.reader().History(ctx, release); errors.As(err, &missing) {
					return p.nothingToDelete(release, flags.output.value)
				}
			}
			options := installer.DeleteOptions{DeleteForeign: flags.foreign, NoWait: !flags.wait, Timeout: flags.timeout}
			if flags.dryRun {
				plan, err := connected.reader().PlanDelete(ctx, release, options)
				if err != nil {
					return p.releaseFailed(ctx, connected, release, err)
				}
				return p.printPlan(plan, &planPrinter{removal: true}, flags.output.value)
			}
			return p.operate(ctx, operation{
				connection: connected, release: release, form: flags.output.value, onward: "delete",
				summary: func(result *installer.Result) string {
					return "release " + result.Release.String() + " is gone (" + resultCounts(result) + ")"
				},
				run: func(ctx context.Context, observe func(installer.Event)) (*installer.Result, error) {
					return installer.New(connected.cluster, flags.options(p, connected, observe)).Delete(ctx, release, options)
				},
			})
		},
	}
	flags.releaseFlags.add(p, command)
	flags.waitFlags.add(command)
	set := command.Flags()
	set.BoolVar(&flags.wait, "wait", true, "wait until everything is gone; with --wait=false ask for the removal of what can go now")
	set.BoolVar(&flags.foreign, "delete-foreign", false, "DANGEROUS: remove definitions and namespaces of the release also where others have objects of or in them, which go, too")
	set.BoolVar(&flags.ignoreNotFound, "ignore-not-found", false, "exit with 0 where there is no such release")
	set.BoolVar(&flags.dryRun, "dry-run", false, "only say what would be removed")
	return command
}

// nothingToDelete is the result where there is no such release, and that is fine.
func (p *program) nothingToDelete(release cluster.Release, form string) error {
	if form == "human" {
		p.remark("there is no release %s in namespace %s", release.Name, release.Namespace)
		return nil
	}
	lines := &jsonLines{w: p.Stdout, program: p}
	lines.print(newResultLine(release, nil, nil))
	return lines.err
}

// printPlan prints a plan as the form of output wants it.
func (p *program) printPlan(plan *installer.Plan, printer *planPrinter, form string) error {
	return p.result(func(w io.Writer) error {
		if form == "json" {
			return printJSON(w, newPlanResult(plan))
		}
		printer.out = &testWriter{w: w, color: p.coloredOn(p.Stdout)}
		return printer.print(plan)
	})
}
