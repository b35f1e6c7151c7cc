package cli

import (
	"github.com/spf13/cobra"

	"github.com/packstage/packstage/packageloader/repository"
)

func (p *program) repoPushCommand() *cobra.Command {
	var (
		flags  registryFlags
		asJSON bool
	)
	command := &cobra.Command{
		Use:   "push FILE REFERENCE...",
		Short: "Push an index to registries",
		Long: `Push the index in FILE as an image to one or more references, and print the digest
of the image, which depends on the content of the index alone. Package Operator
reads it.`,
		Example: `  packstage repo push packages.yaml registry.example.com/index:latest`,
		Args:    arguments(2, -1),
		RunE: func(command *cobra.Command, args []string) error {
			references := args[1:]
			if err := checkReferences("", references); err != nil {
				return err
			}
			index, err := p.readIndex(args[0])
			if err != nil {
				return err
			}
			client, done, err := flags.client(p)
			if err != nil {
				return err
			}
			defer done()
			digest, err := repository.Push(command.Context(), client, index, references...)
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
	addJSON(command, &asJSON)
	flags.add(command)
	return command
}

func (p *program) repoPullCommand() *cobra.Command {
	var (
		flags         registryFlags
		output        string
		force, asJSON bool
	)
	command := &cobra.Command{
		Use:   "pull REFERENCE",
		Short: "Pull an index into a file",
		Long: `Pull the index that REFERENCE means and write it to a file, whose name is printed:
that of --output, or the name of the index with .yaml in the working directory.
Image tars and layouts are read, too.`,
		Example: `  packstage repo pull registry.example.com/index:latest -o packages.yaml`,
		Args:    arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			if isIndexFile(args[0]) {
				return usagef("%s is a file already", args[0])
			}
			if output != "" {
				if !isIndexFile(output) {
					return usagef("--output %s: the file of an index ends in .yaml or .yml", output)
				}
				if err := refuseFile(output, force); err != nil {
					return err
				}
			}
			index, err := p.loadIndex(command.Context(), args[0], &flags)
			if err != nil {
				return err
			}
			if output == "" {
				// Whoever wrote the index chose its name, and must not choose a folder.
				if !plainName.MatchString(index.Name()) {
					return usagef("the name of the index, %q, is not that of a file: give --output FILE", index.Name())
				}
				output = index.Name() + ".yaml"
				if err := refuseFile(output, force); err != nil {
					return err
				}
			}
			if err := index.WriteFile(output); err != nil {
				return err
			}
			return p.printIndexFile(output, index, asJSON)
		},
	}
	command.Flags().StringVarP(&output, "output", "o", "", "`FILE` to write")
	command.Flags().BoolVar(&force, "force", false, "replace a file that is there")
	command.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead of the file's name")
	flags.add(command)
	command.ValidArgsFunction = completeTarget
	return command
}
