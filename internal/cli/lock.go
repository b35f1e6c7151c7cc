package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/resolve"
	"github.com/packstage/packstage/diagnostic"
)

// lockFlags say what of a lock is made anew, and what is printed.
type lockFlags struct {
	targetFlags
	upgrade                   []string
	upgradeAll, check         bool
	fromRender                bool
	upstream, explain, asJSON bool
}

func (f *lockFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.StringArrayVar(&f.upgrade, "upgrade", nil, "make the entry of the image or dependency `NAME` anew; repeat it for more")
	completeFromPackage(command, "upgrade", lockedNames)
	flags.BoolVar(&f.upgradeAll, "upgrade-all", false, "make all entries anew")
	flags.BoolVar(&f.check, "check", false, "write nothing; exit with 1 where the lock does not fit the manifest")
	flags.BoolVar(&f.upstream, "upstream", false, "with --check, exit with 1 where registries and repositories have something newer, too")
	flags.BoolVar(&f.explain, "explain", false, "say for each dependency why its version was chosen, and newer ones were not, and for each image the digests of its platforms")
	flags.BoolVar(&f.fromRender, "from-render", false, "render the package with all its test cases, too, and say which images its objects run that are not locked")
	flags.BoolVar(&f.asJSON, "json", false, "print a JSON object")
	f.addFolder(command)
	command.ValidArgsFunction = completeFolder
}

func (f *lockFlags) validate() error {
	switch {
	case f.upstream && !f.check:
		return usagef("--upstream belongs to --check")
	case f.check && (f.upgradeAll || len(f.upgrade) > 0):
		return usagef("--check writes nothing, so there is nothing to upgrade; --check --upstream looks for what is newer")
	case f.upgradeAll && len(f.upgrade) > 0:
		return usagef("--upgrade-all upgrades everything; --upgrade says what")
	}
	return nil
}

func (p *program) lockCommand() *cobra.Command {
	var flags lockFlags
	command := &cobra.Command{
		Use:   "lock FOLDER",
		Short: "Write the digests of images and the versions of dependencies into the lock",
		Long: `Resolve spec.images of the manifest to digests, and spec.dependencies to the newest
versions that their ranges and the platforms of spec.constraints allow, and write
them into manifest.lock.yaml; of each component, too.

Entries that fit the manifest stay as they are, whatever is newer; --upgrade and
--upgrade-all change them. A lock that stays the same is not written.

--check writes nothing and asks no registry for images: it exits with 1 where the
lock would change. With --upstream, it also does where --upgrade-all would change it.

--from-render renders the package with the test cases of its manifest and of
.packstage/test.yaml, and proposes entries of spec.images for the images that stand in
its objects as they are; with --check they are findings.`,
		Example: `  packstage lock ./shop
  packstage lock ./shop --upgrade database --explain
  packstage lock ./shop --check --upstream
  packstage lock ./shop --from-render`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			if err := flags.validate(); err != nil {
				return err
			}
			return p.lock(command, args[0], &flags)
		},
	}
	flags.add(command)
	return command
}

func (p *program) lock(command *cobra.Command, folder string, flags *lockFlags) error {
	found, err := parseTarget(folder)
	if err != nil {
		return err
	}
	if found.kind != folderTarget {
		return usagef("%s is %s; the lock of a package is written in its folder", folder, found.kind.withArticle())
	}
	client, done, err := flags.client(p)
	if err != nil {
		return err
	}
	defer done()
	progress := p.newLockProgress()
	plan, err := resolve.Lock(command.Context(), p.record(found.source(client, flags.followLinks)), resolve.LockOptions{
		Resolver: client, Repositories: resolve.OpenRepositories(found.path, client),
		Upgrade: flags.upgrade, UpgradeAll: flags.upgradeAll || flags.upstream, Check: flags.check,
		Progress: progress.update,
	})
	progress.clear()
	var unknown *resolve.UnknownNameError
	if errors.As(err, &unknown) {
		return usagef("--upgrade: %w", unknown)
	}
	findings, isFinding := diagnostic.From(err)
	if err != nil && (!isFinding || plan == nil) {
		return err
	}
	if flags.check {
		findings = append(findings, plan.Findings()...).Sorted()
	}
	var written []string
	if len(findings) == 0 && !flags.check {
		if written, err = plan.Write(found.path); err != nil {
			return err
		}
	}
	if (flags.explain || flags.asJSON) && !flags.check {
		if err := plan.ResolvePlatforms(command.Context(), client, flags.explain); err != nil {
			if command.Context().Err() != nil {
				return err
			}
			p.remark("the platforms of the images are not known: %v", err) // the lock stands without
		}
	}
	done()
	result := newLockResult(plan, findings, written, flags.check)
	if flags.fromRender && !findings.HasErrors() {
		source := found.source(client, flags.followLinks) // as it is now, with the new lock
		images, faults, err := p.renderedImages(command.Context(), found.path, source)
		if err != nil {
			return err
		}
		result.Rendered = append([]resolve.RenderedImage{}, images...)
		result.Findings = append(result.Findings, faults...)
		for _, image := range images {
			if flags.check {
				result.Findings = append(result.Findings, image.Finding())
			}
		}
		result.Findings = result.Findings.Sorted()
	}
	return p.printLock(result, flags)
}

// printLock prints what was done, or what would have to be.
func (p *program) printLock(result lockResult, flags *lockFlags) error {
	findings := result.Findings
	err := p.result(func(w io.Writer) error {
		if flags.asJSON {
			return printJSON(w, result)
		}
		if flags.explain || !findings.HasErrors() {
			if err := printLockPlan(w, result.Plan, flags); err != nil {
				return err
			}
		}
		if result.Rendered != nil && !flags.check {
			return printRenderedImages(w, result.Rendered)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !flags.asJSON {
		findings = append(findings, result.Warnings...).Sorted()
		if err := p.printFindings(findings); err != nil {
			return err
		}
	}
	if findings.HasErrors() {
		return errReported
	}
	return nil
}

// lockResult is what "lock --json" prints.
type lockResult struct {
	SchemaVersion int `json:"schemaVersion"`
	// Changed is set where a lock was changed or, with --check, would be: not where
	// findings kept all of it as it was. Written are the files that were.
	Changed bool     `json:"changed"`
	Written []string `json:"written"`
	*resolve.Plan
	// Rendered are the images of rendered objects that are not locked; it is there
	// with --from-render only.
	Rendered []resolve.RenderedImage `json:"rendered,omitzero"`
	Findings diagnostic.Diagnostics  `json:"diagnostics"`
}

func newLockResult(plan *resolve.Plan, findings diagnostic.Diagnostics, written []string, check bool) lockResult {
	changed := plan.Changed() && (check || len(findings) == 0)
	if findings == nil {
		findings = diagnostic.Diagnostics{}
	}
	if written == nil {
		written = []string{}
	}
	return lockResult{SchemaVersion: schemaVersion, Changed: changed, Written: written, Plan: plan, Findings: findings}
}

// printLockPlan prints for people what changes and, if asked, why.
func printLockPlan(w io.Writer, plan *resolve.Plan, flags *lockFlags) error {
	out := &lockPrinter{w: w, explain: flags.explain}
	for _, lock := range plan.Locks {
		switch {
		case !lock.Changed:
			out.line("%s is up to date", lock.Path)
		case flags.check || lock.Content() == nil:
			out.line("%s is not up to date", lock.Path)
		default:
			out.line("%s is written", lock.Path)
		}
		for _, entry := range lock.Images {
			out.image(entry)
		}
		for _, entry := range lock.Dependencies {
			out.dependency(entry)
		}
		for _, entry := range lock.Removed {
			out.line("  removed %s %s", entry.Kind, entry.Name)
		}
	}
	if len(plan.Locks) == 0 {
		out.line("there is nothing to lock: the package has neither images nor dependencies")
	}
	return out.err
}

type lockPrinter struct {
	w       io.Writer
	explain bool
	err     error
}

func (o *lockPrinter) line(format string, arguments ...any) {
	if o.err == nil {
		_, o.err = io.WriteString(o.w, printable(fmt.Sprintf(format, arguments...))+"\n")
	}
}

func (o *lockPrinter) image(entry resolve.ImageEntry) {
	if entry.Change != resolve.Unchanged {
		o.line("  %s image %s: %s@%s", entry.Change, entry.Name, entry.Image, entry.Digest)
	} else if o.explain {
		o.line("  image %s: %s@%s", entry.Name, entry.Image, entry.Digest)
	}
	if o.explain {
		for _, platform := range entry.Platforms {
			o.line("    %s is %s", platform.Platform, platform.Digest)
		}
	}
}

func (o *lockPrinter) dependency(entry resolve.DependencyEntry) {
	switch {
	case entry.Change == resolve.NotLocked:
		o.line("  failed dependency %s: %s %s", entry.Name, entry.Package, entry.Range)
	case entry.Change == resolve.Unchanged && o.explain:
		o.line("  dependency %s: %s %s", entry.Name, entry.Package, entry.Version)
	case entry.Previous != nil && entry.Previous.Version != entry.Version:
		o.line("  %s dependency %s: %s %s, was %s", entry.Change, entry.Name, entry.Package, entry.Version, entry.Previous.Version)
	case entry.Change != resolve.Unchanged:
		o.line("  %s dependency %s: %s %s", entry.Change, entry.Name, entry.Package, entry.Version)
	}
	if o.explain {
		for _, sentence := range entry.Explanation {
			o.line("    %s", sentence)
		}
	}
}
