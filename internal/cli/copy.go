package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/atomicfile"
	"github.com/packstage/packstage/packageloader/relocation"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
)

// copyFlags are those of copy.
type copyFlags struct {
	connectionFlags
	policy     policyFlags
	relocation relocationFlags
	saveTo     string
	asJSON     bool
	options    relocation.Options
}

func (p *program) copyCommand() *cobra.Command {
	var flags copyFlags
	command := &cobra.Command{
		Use:   "copy SRC DST",
		Short: "Copy a package with its images and signatures to another place",
		Long: `Copy a package between registries, image layouts and image tars, in every
direction, and print its digest, which stays the same.

--with-images copies the images that manifest.lock.yaml names, for all platforms,
those of components and locked dependencies included. --with-referrers copies
signatures, SBOMs and whatever else refers to package or images.

DST is a registry reference with its host, FILE.tar, or an image layout (LAYOUT or
LAYOUT:TAG). Without a tag it gets that of SRC. A tar is written as a whole, in place
of one that is there; a layout is extended. Images go into the repository of the package, by digest and with a tag
each, or with --images-to into repositories of their own.

DST records where the images are. Rendering the package from there, or with the file
of --save-relocation from anywhere, has templates see the images in their new place,
with the digests of the lock.

Only what DST lacks is moved, and its name comes last: a copy that broke off goes on
when it is made again.`,
		Example: `  packstage copy registry.example.com/shop:v1 mirror.example.com/team/shop --with-images
  packstage copy registry.example.com/shop:v1 shop.tar --with-images --with-referrers
  packstage copy shop.tar registry.internal/shop:v1 --with-images --with-referrers
  packstage copy registry.example.com/shop:v1 ./images --dry-run`,
		Args: arguments(2, 2),
		RunE: func(command *cobra.Command, args []string) error {
			return p.copy(command, args[0], args[1], &flags)
		},
		ValidArgsFunction: completeTarget,
	}
	options := command.Flags()
	options.BoolVar(&flags.options.Images, "with-images", false, "copy the locked images, too")
	options.BoolVar(&flags.options.Referrers, "with-referrers", false, "copy signatures, SBOMs and other artifacts that refer to what is copied, too")
	options.StringVar(&flags.options.ImagesTo, "images-to", "", "`PREFIX` of the repositories that images go to, as in mirror.example.com/images (default: the repository of the package)")
	options.StringVar(&flags.saveTo, "save-relocation", "", "`FILE` to write that says where the images are, for render --relocation")
	options.BoolVar(&flags.options.DryRun, "dry-run", false, "find out what would be moved, and move nothing")
	_ = command.MarkFlagFilename("save-relocation", "json")
	addJSON(command, &flags.asJSON)
	flags.relocation.addPath(command)
	flags.policy.add(command)
	flags.add(command)
	return command
}

func (p *program) copy(command *cobra.Command, from, to string, flags *copyFlags) error {
	ctx := command.Context()
	if flags.options.ImagesTo != "" && !flags.options.Images {
		return usagef("--images-to belongs to --with-images")
	}
	found, err := parseTarget(from)
	if err != nil {
		return err
	}
	if flags.saveTo != "" && !flags.options.DryRun {
		// Before anything is moved: it takes long.
		if err := atomicfile.CheckWrite(flags.saveTo); err != nil {
			return fmt.Errorf("--save-relocation: %w", err)
		}
	}
	// The layers of images would only push packages out of the cache.
	settings, err := flags.connectionFlags.options(p)
	if err != nil {
		return err
	}
	endProgress := func() {}
	if width, terminal := terminalWidth(p.Stderr); terminal && !p.quiet {
		line := newProgressLine(p.Stderr, width)
		settings.Progress, endProgress = line.update, line.clear
	}
	defer endProgress()
	options := flags.options
	options.Client = registry.NewClient(settings)
	source, err := found.place(options.Client)
	if err != nil {
		return err
	}
	destination, err := parseDestination(to, options.Client)
	if err != nil {
		return err
	}
	if options.Relocation, err = flags.relocation.read(ctx, p); err != nil {
		return err
	}
	if options.Verifier, err = flags.policy.announcing(p); err != nil {
		return err
	}
	result, err := relocation.Copy(ctx, source, destination, options)
	var kept *relocation.KeptError
	if errors.As(err, &kept) {
		endProgress()
		_, finding := diagnostic.From(err)
		if ctx.Err() != nil || finding { // of which the user is told nothing else
			p.remark("packstage: what was moved is kept in %s, and the same copy goes on with it", kept.Folder)
		}
	}
	if errors.Is(err, relocation.ErrImagesTo) {
		return usagef("--images-to: %w", err)
	}
	if err != nil {
		return err
	}
	endProgress()
	// What was copied is said whether or not the file can still be written.
	if err := p.printCopy(from, result, flags); err != nil {
		return err
	}
	if flags.saveTo != "" && !options.DryRun {
		return p.saveRelocation(flags.saveTo, result.Relocation)
	}
	return nil
}

func (p *program) saveRelocation(path string, record *packagetypes.Relocation) error {
	if record == nil {
		p.remark("wrote no %s: the images are where the lock says, or in a file", path)
		return nil
	}
	return atomicfile.WriteFile(path, 0o644, func(w io.Writer) error { return printJSON(w, record) })
}

// copyResult is what copy prints with --json.
type copyResult struct {
	SchemaVersion int           `json:"schemaVersion"`
	Digest        string        `json:"digest"`
	Reference     string        `json:"reference"`
	DryRun        bool          `json:"dryRun,omitempty"`
	Images        []copiedImage `json:"images"`
	Moved         copyTotals    `json:"moved"`
	Skipped       copyTotals    `json:"skipped"`
}

type copiedImage struct {
	Image  string `json:"image"`
	Digest string `json:"digest"`
	From   string `json:"from"`
	To     string `json:"to"`
}

type copyTotals struct {
	Manifests int   `json:"manifests"`
	Blobs     int   `json:"blobs"`
	Bytes     int64 `json:"bytes"`
}

func (t copyTotals) String() string {
	return counted(t.Manifests, "manifest") + " and " + counted(t.Blobs, "blob") + ", " + byteSize(t.Bytes)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func newCopyTotals(totals ocistore.Totals) copyTotals {
	return copyTotals{Manifests: totals.Manifests, Blobs: totals.Blobs, Bytes: totals.Bytes}
}

func (p *program) printCopy(from string, result *relocation.Result, flags *copyFlags) error {
	printed := copyResult{
		SchemaVersion: schemaVersion, Digest: result.Digest, Reference: result.Reference, DryRun: flags.options.DryRun,
		Images: []copiedImage{}, Moved: newCopyTotals(result.Moved), Skipped: newCopyTotals(result.Skipped),
	}
	copied, moved := "copied", "moved"
	if flags.options.DryRun {
		copied, moved = "would copy", "would move"
	}
	for _, image := range result.Images {
		printed.Images = append(printed.Images, copiedImage(image))
		if result.Moved == (ocistore.Totals{}) {
			p.remark("image %s is there already: %s@%s", image.Image, image.To, image.Digest)
		} else {
			p.remark("%s image %s to %s@%s", copied, image.Image, image.To, image.Digest)
		}
	}
	to := result.Reference
	if result.Path != "" {
		to = result.Path
		if result.Name != "" {
			to += ", in which it is " + result.Name
		}
	}
	p.remark("%s %s to %s", copied, from, to)
	p.remark("%s %s; skipped %s", moved, printed.Moved, printed.Skipped)
	return p.result(func(w io.Writer) error {
		if flags.asJSON {
			return printJSON(w, printed)
		}
		_, err := fmt.Fprintln(w, result.Digest)
		return err
	})
}
