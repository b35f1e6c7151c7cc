package cli

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/packagetypes"
)

func (p *program) renderCommand() *cobra.Command {
	var (
		target targetFlags
		with   contextFlags
		folder folderFlags
	)
	output := oneOf("yaml", "json", "dir", "tree")
	command := &cobra.Command{
		Use:   "render TARGET",
		Short: "Render a package into ordered phases of objects",
		Long: `Render a package into ordered phases of objects, in the order of installation.

The configuration is that of --config, or else of --context; --set changes
single keys of it. All other flags win over the context. Unknown keys are
refused unless --unknown-config says otherwise. Findings about the configuration
name the place in its file, and show no line of it: it may hold secrets.

--output json prints one object: schemaVersion, phases, availabilityProbes,
admittedConfig (which holds the secrets of the configuration), contentDigest,
imageDigest where there is one, and digest, that of what was rendered.
--output dir writes one file for each object below --dir, as in
01-deploy/002-configmap-shop.yaml; the folder appears whole or not at all.`,
		Example: `  packstage render ./shop
  packstage render registry.example.com/shop:v1 --config values.yaml --set replicas=3
  packstage render ./shop --component web --scope Cluster --output json
  packstage render shop.tar --context production.yaml --output dir --dir ./out`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			if output.value == "dir" && folder.path == "" {
				return usagef("--output dir needs --dir FOLDER")
			}
			if output.value != "dir" && folder.isSet() {
				return usagef("--dir and --force belong to --output dir")
			}
			if err := folder.check(); err != nil {
				return err
			}
			source, done, err := target.open(p, args[0])
			if err != nil {
				return err
			}
			instance, err := with.render(ctx, p, source)
			done()
			if err != nil {
				return err
			}
			switch output.value {
			case "json":
				return p.result(func(w io.Writer) error { return printJSON(w, newRenderedPackage(instance)) })
			case "tree":
				return p.result(func(w io.Writer) error { return printTree(w, instance) })
			case "dir":
				return p.writeInstance(&folder, instance)
			default:
				pieces, err := yamlPieces(instance)
				if err != nil {
					return err
				}
				return p.writeResult(pieces...)
			}
		},
	}
	with.add(command)
	choiceFlag(command, &output, "output", "o", "form of the result")
	folder.add(command, "dir", "`FOLDER` that --output dir writes")
	target.add(command)
	return command
}

func (p *program) treeCommand() *cobra.Command {
	var (
		target targetFlags
		with   contextFlags
	)
	output := oneOf("human", "json")
	command := &cobra.Command{
		Use:   "tree TARGET",
		Short: "Show the phases and objects of a rendered package",
		Long: `Show the phases of a rendered package with their objects and where each comes
from. The flags are those of render.`,
		Example: `  packstage tree ./shop
  packstage tree registry.example.com/shop:v1 --config values.yaml`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			source, done, err := target.open(p, args[0])
			if err != nil {
				return err
			}
			instance, err := with.render(command.Context(), p, source)
			done()
			if err != nil {
				return err
			}
			return p.result(func(w io.Writer) error {
				if output.value == "json" {
					return printJSON(w, newPackageTree(instance))
				}
				return printTree(w, instance)
			})
		},
	}
	with.add(command)
	choiceFlag(command, &output, "output", "o", "form of the result")
	target.add(command)
	return command
}

// writeInstance writes an instance into a folder.
func (p *program) writeInstance(folder *folderFlags, instance *packagetypes.Instance) error {
	if err := folder.write(func(path string) error { return writeObjects(path, instance) }); err != nil {
		return err
	}
	objects := 0
	for range instance.Objects() {
		objects++
	}
	p.remark("wrote %d objects in %d phases to %s", objects, len(instance.Phases), folder.path)
	return nil
}
