package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/resolve"
	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func (p *program) importCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "import",
		Short: "Make a package of manifests, a chart, a kustomization or a bundle",
		Long: `Make a package of what there is. Objects are sorted into phases by kind, probes and
configuration are proposed, and what was decided is printed with its reason.

The package is compiled, rendered with its defaults and compared with the source,
object by object, before anything is written. Folders that hold something are
never written to.`,
		Example: `  packstage import manifests ./deploy --parametrize replicas,resources
  kubectl get deployments,services,configmaps -n shop -o yaml | packstage import manifests - --name shop`,
	},
		p.importManifestsCommand(), p.importHelmCommand(), p.importKustomizeCommand(), p.importOLMCommand(),
	)
}

// importFlags are those of all imports.
type importFlags struct {
	registryFlags
	name, folder    string
	parametrize     []string
	scope, images   choice
	output          choice
	lock, printOnly bool
}

func (f *importFlags) add(command *cobra.Command) {
	f.scope = oneOf("auto", "namespaced", "cluster", "both")
	f.images = oneOf("pinned", "all", "none")
	f.output = oneOf("human", "json")
	names := make([]string, 0, len(scaffold.Parameters()))
	for _, parameter := range scaffold.Parameters() {
		names = append(names, string(parameter))
	}
	flags := command.Flags()
	flags.StringVar(&f.name, "name", "", "`NAME` of the package; without it what the source is called")
	flags.StringVar(&f.folder, "dir", "", "`FOLDER` for the package; without it one of its name")
	_ = command.MarkFlagDirname("dir")
	flags.StringSliceVar(&f.parametrize, "parametrize", nil, "make configuration of these `NAMES`, separated by commas: "+strings.Join(names, ", "))
	completeValues(command, "parametrize", names)
	choiceFlag(command, &f.scope, "scope", "", "where instances may live; auto is namespaced where all objects are in one namespace")
	choiceFlag(command, &f.images, "images", "", "which images the package locks: those that have a digest, all (run packstage lock then), or none")
	flags.BoolVar(&f.lock, "lock", false, "lock all images: ask their registries for digests when the package is written; means --images all")
	flags.BoolVar(&f.printOnly, "dry-run", false, "print what would be decided and written, and write nothing")
	choiceFlag(command, &f.output, "output", "o", "form of what is printed")
	f.registryFlags.add(command)
}

// options checks the flags and returns them as the library has them.
func (f *importFlags) options() (scaffold.Options, error) {
	options := scaffold.Options{Name: f.name}
	if f.name != "" && scaffold.PackageName(f.name) != f.name {
		return options, usagef("--name: %q is no name of a package: lower-case letters, digits and dashes, at most 63%s", f.name, wouldBeName(f.name))
	}
	if f.scope.value != "auto" {
		options.Scope = scaffold.ScopeChoice(f.scope.value)
	}
	if f.images.value != "pinned" {
		options.Images = scaffold.ImageChoice(f.images.value)
	}
	if f.lock {
		if options.Images == scaffold.ImagesNone {
			return options, usagef("--lock locks images; --images none leaves them where they are")
		}
		options.Images = scaffold.ImagesAll
	}
	for _, asked := range f.parametrize {
		known := false
		var names []string
		for _, parameter := range scaffold.Parameters() {
			known = known || string(parameter) == asked
			names = append(names, string(parameter))
		}
		if !known {
			return options, usagef("--parametrize: nothing is called %q; %s", asked, diagnostic.DidYouMean(asked, names))
		}
		options.Parameters = append(options.Parameters, scaffold.Parameter(asked))
	}
	return options, nil
}

// checkFolder refuses a folder that would not be written to, before any work is done. The
// folder is not known yet where it is named after a package that has no name yet.
func (f *importFlags) checkFolder() error {
	if f.printOnly {
		return nil
	}
	folder := f.folder
	if folder == "" {
		folder = f.name
	}
	if folder == "" {
		return nil
	}
	return checkEmpty(folder, "--dir")
}

// checkEmpty is scaffold.CheckEmpty with a hint.
func checkEmpty(folder, flag string) error {
	err := scaffold.CheckEmpty(folder)
	if errors.Is(err, scaffold.ErrNotEmpty) {
		return fmt.Errorf("%w; nothing in it is replaced: %s chooses another folder", err, flag)
	}
	return err
}

// finishImport makes a package of what a converter found, writes it and prints what was
// decided. All imports end here. The flags must have been checked by checkFolder.
func (p *program) finishImport(command *cobra.Command, input scaffold.Input, flags *importFlags) error {
	options, err := flags.options()
	if err != nil {
		return err
	}
	made, err := scaffold.Make(command.Context(), input, options)
	if err != nil {
		return err
	}
	return p.writeImport(command, made, flags)
}

// writeImport writes a package and prints what was decided.
func (p *program) writeImport(command *cobra.Command, made *scaffold.Result, flags *importFlags) error {
	outcome := &importOutcome{Result: made, folder: flags.folder}
	if outcome.folder == "" {
		outcome.folder = importFolder(made.Name, command.Flags().Args())
	}
	if !flags.printOnly {
		if err := checkEmpty(outcome.folder, "--dir"); err != nil {
			return err
		}
		if err := made.Write(outcome.folder); err != nil {
			return err
		}
		outcome.written = true
	}
	var locking error
	if flags.lock && outcome.written && len(made.Unlocked) > 0 {
		if locking = p.lockImported(command.Context(), outcome.folder, flags); locking == nil {
			outcome.locked = true
		}
	}
	if err := p.printImport(outcome, flags); err != nil {
		return err
	}
	if locking != nil {
		p.remark("The package is written; its images are not locked yet.")
	}
	return locking
}

// importFolder is one of the package's name, and beside what is imported where that
// has the same name.
func importFolder(name string, args []string) string {
	for _, arg := range args {
		if filepath.Clean(arg) == name {
			return name + "-package"
		}
	}
	return name
}

// importOutcome is what an import did.
type importOutcome struct {
	*scaffold.Result
	folder          string
	written, locked bool
}

// lockImported asks registries for the digests of all images.
func (p *program) lockImported(ctx context.Context, folder string, flags *importFlags) error {
	client, done, err := flags.client(p)
	if err != nil {
		return err
	}
	defer done()
	progress := p.newLockProgress()
	source := packageloader.FromFolder(folder, packageloader.FolderOptions{})
	plan, err := resolve.Lock(ctx, source, resolve.LockOptions{
		Resolver: client, Repositories: resolve.OpenRepositories(folder, client), Progress: progress.update,
	})
	progress.clear()
	done()
	if err != nil {
		return err
	}
	if _, err := plan.Write(folder); err != nil {
		return err
	}
	return nil
}

// shellPath writes a folder as an argument that is taken for a path.
func shellPath(folder string) string {
	if filepath.IsAbs(folder) || strings.HasPrefix(folder, ".") {
		return folder
	}
	return "./" + folder
}

// importLimits are those of everything that an import reads.
func importLimits() packagetypes.Limits { return packagetypes.DefaultLimits() }
