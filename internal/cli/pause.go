package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
)

func (p *program) pauseCommand() *cobra.Command {
	var (
		where releaseFlags
		why   string
	)
	command := &cobra.Command{
		Use:   "pause RELEASE",
		Short: "Keep a release from being changed",
		Long: `Keep a release from being changed until packstage resume. A rollout that is under
way stops; what it has done stays. A release that is paused can be deleted.`,
		Example: `  packstage pause shop -n shop --reason "change freeze until Monday"`,
		Args:    arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			return p.changePause(command, &where, args[0], "paused", func(ctx context.Context, i *installer.Installer, release cluster.Release) error {
				return i.Pause(ctx, release, why)
			})
		},
	}
	where.add(p, command)
	command.Flags().StringVar(&why, "reason", "", "`TEXT` for those who find it paused")
	return command
}

func (p *program) resumeCommand() *cobra.Command {
	var where releaseFlags
	command := &cobra.Command{
		Use:   "resume RELEASE",
		Short: "Let a release be changed again",
		Long: `End a pause. A rollout that was under way does not go on by itself: packstage wait
goes on with it.`,
		Example: `  packstage resume shop -n shop && packstage wait shop -n shop`,
		Args:    arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			return p.changePause(command, &where, args[0], "no longer paused", func(ctx context.Context, i *installer.Installer, release cluster.Release) error {
				return i.Resume(ctx, release)
			})
		},
	}
	where.add(p, command)
	return command
}

func (p *program) changePause(command *cobra.Command, where *releaseFlags, name, now string, change func(context.Context, *installer.Installer, cluster.Release) error) error {
	ctx := command.Context()
	connected, release, err := where.open(command, p, name)
	if err != nil {
		return err
	}
	i := installer.New(connected.cluster, installer.Options{Clusters: connected.classes, Who: p.userName()})
	if err := change(ctx, i, release); err != nil {
		return p.releaseFailed(ctx, connected, release, err)
	}
	p.remark("release %s is %s", release, now)
	return nil
}
