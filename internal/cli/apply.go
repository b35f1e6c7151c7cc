package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer"
)

func (p *program) applyCommand() *cobra.Command {
	var (
		install installFlags
		rollout rolloutFlags
	)
	command := &cobra.Command{
		Use:        "apply TARGET --name RELEASE",
		SuggestFor: []string{"install", "upgrade", "deploy"},
		Short:      "Install a package in a cluster, or bring a release up to date",
		Long: `Make a cluster what a package says: render it for the cluster and apply its objects
phase by phase, each phase available before the next one begins. What the revision
before had and this one has not is removed at the end.

Everything that can be known beforehand is judged before the first write: where
anything is at fault, all findings are printed and the cluster is as it was.
packstage plan says the same without doing it. The same package again changes
nothing and makes no revision; broken off at any point, the same command goes on.

The context of a rendering (--context) and that of a kubeconfig (--kube-context) are
two things. What templates see of the cluster is asked of it, unless --environment or
the file of --context says it.

On a terminal it is shown what each phase waits for; elsewhere each event is a line.
--output json prints each event as a line of JSON, and last the result, whose type is
"result". The exit code is 1 where findings keep it from beginning and where a phase
fails, 3 where the cluster cannot be reached.`,
		Example: `  packstage apply registry.example.com/shop:v1 --name shop -n shop --create-namespace
  packstage apply ./shop --name shop --config values.yaml --timeout 10m --atomic
  packstage apply ./shop --name shop --wait=false && packstage wait shop
  packstage apply ./shop --name shop --class hosted=hosted.kubeconfig --output json`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			if err := rollout.check(); err != nil {
				return err
			}
			return p.apply(command.Context(), args[0], &install, &rollout)
		},
	}
	install.add(command)
	rollout.add(command)
	return command
}

func (p *program) apply(ctx context.Context, argument string, install *installFlags, rollout *rolloutFlags) error {
	i, err := install.prepare(ctx, p, argument)
	if err != nil {
		return err
	}
	options := rollout.applyOptions()
	options.Reference, options.Adopt = i.reference, install.adopt
	return p.operate(ctx, operation{
		connection: i.connection, release: i.release, form: rollout.output.value,
		phases: expectedPhases(i.instance), summary: rolledOut, onward: "wait",
		run: func(ctx context.Context, observe func(installer.Event)) (*installer.Result, error) {
			if err := i.ensureNamespace(ctx, p, install.createNamespace, options); err != nil {
				return nil, err
			}
			return i.installer(rollout.options(p, i.connection, observe)).Apply(ctx, i.release, i.instance, options)
		},
	})
}
