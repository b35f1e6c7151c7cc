package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/scaffold/kustomization"
	"github.com/packstage/packstage/diagnostic"
)

// importKustomizeFlags are passed on to kustomize, or say what it may do.
type importKustomizeFlags struct {
	importFlags
	kustomize          string
	remote, enableHelm bool
	loadRestrictor     choice
}

func (f *importKustomizeFlags) add(command *cobra.Command) {
	f.loadRestrictor = oneOf("root", "none")
	flags := command.Flags()
	flags.StringVar(&f.kustomize, "kustomize", "", "`PROGRAM` that builds; without it kustomize or, where there is none, kubectl")
	flags.BoolVar(&f.remote, "remote", false, "allow resources that come from elsewhere: the package has what they are at this moment")
	flags.BoolVar(&f.enableHelm, "enable-helm", false, "let kustomize render charts, as its flag of this name")
	choiceFlag(command, &f.loadRestrictor, "load-restrictor", "", "which files a kustomization may read: those in its root, or any (none)")
	f.importFlags.add(command)
}

func (p *program) importKustomizeCommand() *cobra.Command {
	var flags importKustomizeFlags
	command := &cobra.Command{
		Use:   "kustomize FOLDER",
		Short: "Make a package of what a kustomization builds",
		Long: `Make a package of what a kustomization builds. The kustomize program does that, or
kubectl, which has it built in. The namespace that the kustomization sets becomes
that of the instance.

Resources that come from elsewhere (URLs, repositories) are refused: tomorrow they may
be others. --remote takes them as they are now.`,
		Example: `  packstage import kustomize ./config/default
  packstage import kustomize ./overlays/production --name shop --parametrize replicas,resources`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error { return p.importKustomize(command, args[0], &flags) },
	}
	flags.add(command)
	command.ValidArgsFunction = completeFolder
	return command
}

func (p *program) importKustomize(command *cobra.Command, folder string, flags *importKustomizeFlags) error {
	if _, err := flags.options(); err != nil {
		return err
	}
	if err := flags.checkFolder(); err != nil {
		return err
	}
	builder := &kustomization.Program{Path: flags.kustomize, Environment: p.Env}
	if flags.enableHelm {
		builder.Arguments = append(builder.Arguments, "--enable-helm")
	}
	if flags.loadRestrictor.value == "none" {
		builder.Arguments = append(builder.Arguments, "--load-restrictor", "LoadRestrictionsNone")
	}
	input, err := kustomization.Convert(command.Context(), builder, folder, kustomization.Options{Remote: flags.remote, Limits: importLimits()})
	var refused *kustomization.RefusedError
	switch {
	case errors.Is(err, kustomization.ErrNoKustomize):
		return fmt.Errorf("%w\n  hint: install kustomize (https://kustomize.io) or kubectl, or name it with --kustomize", err)
	case errors.As(err, &refused):
		return diagnostic.Diagnostics{{
			Code: diagnostic.ImportUnsupported, Position: diagnostic.Position{File: folder}, Message: "kustomize does not build it: " + refused.Message,
		}}
	case err != nil:
		return err
	}
	return p.finishImport(command, *input, &flags.importFlags)
}
