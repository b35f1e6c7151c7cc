package cli

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
)

func (p *program) pushCommand() *cobra.Command {
	var (
		from   targetFlags
		flags  buildFlags
		asJSON bool
	)
	command := &cobra.Command{
		Use:   "push TARGET REFERENCE...",
		Short: "Push a package to registries",
		Long: `Push a package to one or more references and print the digest of its image.
The package in a folder is validated and built first; an image from a tar, a
layout or a registry is pushed as it is, with the same digest. Only what
"docker save" wrote has no digest to keep: its files are built into an image.`,
		Example: `  packstage push ./shop registry.example.com/shop:v1
  packstage push shop.tar registry.example.com/shop:v1 registry.example.com/shop:latest
  packstage push staging.example.com/shop:v1 registry.example.com/shop:v1`,
		Args: arguments(2, -1),
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			references := args[1:]
			if err := checkReferences("", references); err != nil {
				return err
			}
			found, err := parseTarget(args[0])
			if err != nil {
				return err
			}
			client, done, err := from.client(p)
			if err != nil {
				return err
			}
			defer done()
			image, closeImage, err := p.openImage(ctx, found, client, &from, &flags)
			if err != nil {
				return err
			}
			defer closeImage()
			digest, err := client.Push(ctx, image, references...)
			if err != nil {
				return err
			}
			done()
			for _, reference := range references {
				p.remark("pushed %s", reference)
			}
			return p.printImage(imageResult{SchemaVersion: schemaVersion, Digest: digest.String(), References: references}, asJSON)
		},
	}
	flags.add(command)
	addJSON(command, &asJSON)
	from.add(command)
	return command
}

// openImage returns the image of a target: built, where the target is a folder.
// The image in a file is that of a package: loading it says so, and verifies all
// of it before anything is pushed.
func (p *program) openImage(ctx context.Context, found target, client *registry.Client, from *targetFlags, flags *buildFlags) (v1.Image, func(), error) {
	plain := found.source(client, from.followLinks)
	if found.kind == folderTarget { // its author pushes it; there is nothing to verify yet
		image, err := flags.build(ctx, p, found.path, p.record(plain))
		return image, func() {}, err
	}
	verified, err := from.policy.verified(p, plain)
	if err != nil {
		return nil, nil, err
	}
	source := p.record(verified)
	if found.kind != registryTarget {
		if _, err := packageloader.Load(ctx, source, packageloader.LoadOptions{}); err != nil {
			return nil, nil, err
		}
	}
	// Judged again, where it is a file: that may be another one by now.
	image, closer, err := packageloader.OpenImage(ctx, verified, packagetypes.Limits{})
	if errors.Is(err, packageloader.ErrNoImage) {
		image, err = flags.build(ctx, p, found.path, source)
		return image, func() {}, err
	}
	if err != nil {
		return nil, nil, err
	}
	if name := flags.given(); name != "" {
		_ = closer.Close()
		return nil, nil, usagef("--%s is for packages in folders; %s is an image, which is pushed as it is", name, found)
	}
	return image, func() { _ = closer.Close() }, nil
}
