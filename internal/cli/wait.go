package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
)

func (p *program) waitCommand() *cobra.Command {
	var (
		where releaseFlags
		wait  waitFlags
		rules kindRules
		force bool
	)
	command := &cobra.Command{
		Use:   "wait RELEASE",
		Short: "Go on with a release until it is available",
		Long: `Go on with the newest revision of a release until all of it is available: after
packstage apply --wait=false, and after a command that was broken off.`,
		Example: `  packstage wait shop -n shop --timeout 10m`,
		Args:    arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			if err := wait.check(); err != nil {
				return err
			}
			ctx := command.Context()
			connected, release, err := where.open(command, p, args[0])
			if err != nil {
				return err
			}
			phases, err := p.storedPhases(ctx, connected, release)
			if err != nil {
				return err
			}
			return p.operate(ctx, operation{
				connection: connected, release: release, form: wait.output.value,
				phases: phases, summary: rolledOut, onward: "wait",
				run: func(ctx context.Context, observe func(installer.Event)) (*installer.Result, error) {
					options := wait.options(p, connected, observe)
					options.Probe = rules.options()
					return installer.New(connected.cluster, options).Wait(ctx, release, installer.ApplyOptions{Timeout: wait.timeout, Force: force})
				},
			})
		},
	}
	where.add(p, command)
	wait.add(command)
	rules.add(command)
	command.Flags().BoolVar(&force, "force-conflicts", false, "take over fields that others own")
	return command
}

// storedPhases are those of the newest revision of a release that is there. What is
// damaged shows when it matters.
func (p *program) storedPhases(ctx context.Context, c *connection, release cluster.Release) ([]expectedPhase, error) {
	record, err := c.reader().History(ctx, release)
	if err != nil {
		return nil, p.releaseFailed(ctx, c, release, err)
	}
	var phases []expectedPhase
	if revision, ok := record.Revision(record.Target); ok {
		for _, phase := range revision.Phases {
			phases = append(phases, expectedPhase{phase.Name, phase.Objects})
		}
	}
	return phases, nil
}
