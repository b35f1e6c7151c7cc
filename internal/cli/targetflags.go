package cli

import (
	"github.com/spf13/cobra"

	"github.com/packstage/packstage/packageloader"
)

// targetFlags say how a TARGET is read.
type targetFlags struct {
	registryFlags
	policy      policyFlags
	followLinks bool
}

func (f *targetFlags) add(command *cobra.Command) {
	f.policy.add(command)
	f.addFolder(command)
}

// addFolder adds the flags of commands that read nothing but a folder, which its
// author does not verify.
func (f *targetFlags) addFolder(command *cobra.Command) {
	f.registryFlags.add(command)
	command.Flags().BoolVar(&f.followLinks, "follow-links", false,
		"follow symbolic links that lead out of the folder")
	command.ValidArgsFunction = completeTarget
}

// completeTarget lets the shell complete the names of files and folders.
func completeTarget(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// open returns the source of a target, which the signature policy judges, and whose
// files snippets are shown from. The caller calls done when it is not needed any more.
func (f *targetFlags) open(p *program, argument string) (source packageloader.Source, done func(), err error) {
	found, err := parseTarget(argument)
	if err != nil {
		return nil, nil, err
	}
	client, done, err := f.client(p)
	if err != nil {
		return nil, nil, err
	}
	verified, err := f.policy.verified(p, found.source(client, f.followLinks))
	if err != nil {
		return nil, nil, err
	}
	return p.record(verified), done, nil
}
