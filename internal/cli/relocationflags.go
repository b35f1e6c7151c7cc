package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// relocationFlags say where the images are that a package locks.
type relocationFlags struct {
	path string
	off  bool
}

func (f *relocationFlags) add(command *cobra.Command) {
	f.addPath(command)
	command.Flags().BoolVar(&f.off, "no-relocation", false, "leave images where the lock says, also where the package was copied with its images")
}

// addPath adds the flag of commands that cannot go without.
func (f *relocationFlags) addPath(command *cobra.Command) {
	command.Flags().StringVar(&f.path, "relocation", "",
		"`FILE` that says where the locked images are, as copy --save-relocation writes it (default: what is recorded where the package comes from)")
	_ = command.MarkFlagFilename("relocation", "json")
}

// read returns nil where there is no file.
func (f *relocationFlags) read(ctx context.Context, p *program) (*packagetypes.Relocation, error) {
	if f.path == "" {
		return nil, nil
	}
	input, err := p.readInput(ctx, f.path)
	if err != nil {
		return nil, err
	}
	return packageloader.DecodeRelocation(input.name, input.data)
}

// loadOptions are those of a component with the flags.
func (f *relocationFlags) loadOptions(ctx context.Context, p *program, component string) (packageloader.LoadOptions, error) {
	if f.off && f.path != "" {
		return packageloader.LoadOptions{}, usagef("--relocation and --no-relocation contradict each other")
	}
	record, err := f.read(ctx, p)
	return packageloader.LoadOptions{Component: component, Relocation: record, RelocationName: f.path, NoRelocation: f.off}, err
}
