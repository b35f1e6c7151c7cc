package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer"
)

func (p *program) rollbackCommand() *cobra.Command {
	var (
		where   releaseFlags
		rollout rolloutFlags
		adopt   bool
	)
	command := &cobra.Command{
		Use:   "rollback RELEASE [REVISION]",
		Short: "Go back to an earlier revision of a release",
		Long: `Make a new revision with the content of an earlier one, and roll it out like any
other. Without REVISION it is the newest that was available before the newest one; a
rollback that was broken off goes on.`,
		Example: `  packstage rollback shop -n shop
  packstage rollback shop 3 -n shop --reason "orders fail since revision 4"`,
		Args: arguments(1, 2),
		RunE: func(command *cobra.Command, args []string) error {
			if err := rollout.check(); err != nil {
				return err
			}
			to := 0
			if len(args) > 1 {
				var err error
				if to, err = strconv.Atoi(args[1]); err != nil || to < 1 {
					return usagef("%q is no number of a revision", args[1])
				}
			}
			ctx := command.Context()
			connected, release, err := where.open(command, p, args[0])
			if err != nil {
				return err
			}
			options := rollout.applyOptions()
			options.Adopt = adopt
			return p.operate(ctx, operation{
				connection: connected, release: release, form: rollout.output.value,
				summary: rolledOut, onward: "wait",
				run: func(ctx context.Context, observe func(installer.Event)) (*installer.Result, error) {
					return installer.New(connected.cluster, rollout.options(p, connected, observe)).Rollback(ctx, release, to, options)
				},
			})
		},
	}
	where.add(p, command)
	names, revisions := p.completeRelease(&where), p.completeRevision(&where)
	command.ValidArgsFunction = func(command *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return revisions(command, args, begun)
		}
		return names(command, args, begun)
	}
	rollout.add(command)
	command.Flags().BoolVar(&adopt, "adopt", false, "take over objects that exist and belong to nobody, or to Package Operator")
	return command
}
