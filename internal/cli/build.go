package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/validate"
)

// buildFlags say what image is made of a folder.
type buildFlags struct {
	annotations    []string
	fromGit        bool
	artifactType   string
	skipValidation bool
	locked         bool
}

func (f *buildFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.StringArrayVar(&f.annotations, "annotation", nil, "annotation `KEY=VALUE` of the image, over those of the manifest")
	flags.BoolVar(&f.fromGit, "annotations-from-git", false, "set the annotations source and revision of the image from the folder's git repository")
	flags.StringVar(&f.artifactType, "artifact-type", "", "artifact `TYPE` of the image; some registries refuse images that have one")
	flags.BoolVar(&f.locked, "locked", false, "refuse a package whose objects, rendered with its test cases, run images that are not in its lock")
	flags.BoolVar(&f.skipValidation, "skip-validation", false, "build a package that was not validated")
}

// given is the name of a flag that was given, or "".
func (f *buildFlags) given() string {
	switch {
	case len(f.annotations) > 0:
		return "annotation"
	case f.fromGit:
		return "annotations-from-git"
	case f.artifactType != "":
		return "artifact-type"
	case f.skipValidation:
		return "skip-validation"
	case f.locked:
		return "locked"
	default:
		return ""
	}
}

// imageOptions puts the flags and the environment together.
func (f *buildFlags) imageOptions(ctx context.Context, p *program, folder string) (packagebuilder.ImageOptions, error) {
	options := packagebuilder.ImageOptions{Annotations: map[string]string{}, ArtifactType: f.artifactType}
	given := map[string]string{}
	for _, text := range f.annotations {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return options, usagef("--annotation %q: write it as key=value", text)
		}
		given[key] = value
	}
	if epoch := p.env("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil || seconds < 0 {
			return options, usagef("SOURCE_DATE_EPOCH is %q, not a number of seconds since 1970", epoch)
		}
		options.Created = time.Unix(seconds, 0).UTC()
	}
	if f.fromGit {
		found, err := p.gitAnnotations(ctx, folder)
		if err != nil {
			return options, err
		}
		maps.Copy(options.Annotations, found)
	}
	maps.Copy(options.Annotations, given)
	return options, nil
}

// build validates a folder and makes its image, and prints the warnings.
func (f *buildFlags) build(ctx context.Context, p *program, folder string, source packageloader.Source) (v1.Image, error) {
	options, err := f.imageOptions(ctx, p, folder)
	if err != nil {
		return nil, err
	}
	build := packagebuilder.BuildOptions{Image: options, SkipValidation: f.skipValidation}
	if f.locked {
		if f.skipValidation {
			return nil, usagef("--locked is a part of the validation, which --skip-validation leaves out")
		}
		build.Render.Rules = []validate.Rule{validate.RequireLockedImages()}
	}
	image, found, err := packagebuilder.Build(ctx, source, build)
	if err != nil {
		return nil, err
	}
	return image, p.printFindings(found)
}

func (p *program) buildCommand() *cobra.Command {
	var (
		target           target
		from             targetFlags
		flags            buildFlags
		tags             []string
		output           string
		push             bool
		asJSON           bool
		sbom, provenance bool
	)
	command := &cobra.Command{
		Use:   "build FOLDER",
		Short: "Make the image of a package",
		Long: `Validate the package in a folder, make its image and print the digest of the
image. The digest depends on the files and annotations alone, not on the
machine. Without --output and --push nothing is written.

--output FILE.tar writes an image tar, which is an OCI image layout and what
"docker load" reads at the same time; like any result of a build, it replaces the
file that is there. Any other --output is the folder of an OCI image layout, which is
extended where it exists. The first --tag names the image
in a tar, the tags of all of them name it in a layout. SOURCE_DATE_EPOCH sets
the time of the image.`,
		Example: `  packstage build ./shop
  packstage build ./shop -t registry.example.com/shop:v1 --push
  packstage build ./shop -t registry.example.com/shop:v1 --output shop.tar`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) (err error) {
			ctx := command.Context()
			if push && len(tags) == 0 {
				return usagef("--push needs at least one --tag to push to")
			}
			if (sbom || provenance) && !push {
				return usagef("--sbom and --provenance attach to an image in a registry; they need --push")
			}
			if err := checkReferences("--tag ", tags); err != nil {
				return err
			}
			if err := checkImageOutput(output); err != nil {
				return err
			}
			if target, err = parseTarget(args[0]); err != nil {
				return err
			}
			if target.kind != folderTarget {
				return usagef("%s is %s; build makes images of folders", args[0], target.kind.withArticle())
			}
			if err := checkOutside(output, target.path); err != nil {
				return err
			}
			client, done, err := from.client(p)
			if err != nil {
				return err
			}
			defer done()
			image, err := flags.build(ctx, p, target.path, p.record(target.source(client, from.followLinks)))
			if err != nil {
				return err
			}
			digest, err := image.Digest()
			if err != nil {
				return err
			}
			result := imageResult{SchemaVersion: schemaVersion, Digest: digest.String(), References: []string{}, Output: output}
			if output != "" {
				if err := writeImage(ctx, image, output, tags); err != nil {
					return err
				}
			}
			if push {
				if _, err := client.Push(ctx, image, tags...); err != nil {
					return err
				}
				done()
				result.References = tags
				for _, tag := range tags {
					p.remark("pushed %s", tag)
				}
				if result.Attached, err = p.attachBuilt(ctx, client, image, tags, sbom, provenance); err != nil {
					return err
				}
			}
			return p.printImage(result, asJSON)
		},
	}
	command.Flags().StringArrayVarP(&tags, "tag", "t", nil, "`REFERENCE` that the image gets; repeat it for more")
	command.Flags().StringVarP(&output, "output", "o", "", "`FILE.tar` or LAYOUT folder to write the image to")
	command.Flags().BoolVar(&push, "push", false, "push the image to each --tag")
	command.Flags().BoolVar(&sbom, "sbom", false, "attach an SPDX bill of materials to what is pushed")
	command.Flags().BoolVar(&provenance, "provenance", false, "attach an in-toto statement of provenance to what is pushed")
	flags.add(command)
	addJSON(command, &asJSON)
	from.addFolder(command)
	command.ValidArgsFunction = completeFolder
	return command
}

func addJSON(command *cobra.Command, asJSON *bool) {
	command.Flags().BoolVar(asJSON, "json", false, "print a JSON object instead of the digest")
}

func checkReferences(name string, references []string) error {
	for _, reference := range references {
		if err := checkReference(reference); err != nil {
			return usagef("%s%q: %w", name, reference, err)
		}
	}
	return nil
}

// printImage prints the digest, and nothing else, or the whole result.
func (p *program) printImage(result imageResult, asJSON bool) error {
	return p.result(func(w io.Writer) error {
		if asJSON {
			return printJSON(w, result)
		}
		_, err := fmt.Fprintln(w, result.Digest)
		return err
	})
}

// completeFolder completes the one argument that is a folder.
func completeFolder(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}
