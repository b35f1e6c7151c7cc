package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader/repository"
)

// indexFile is what "repo init --json" and "repo pull --json" print.
type indexFile struct {
	SchemaVersion int    `json:"schemaVersion"`
	File          string `json:"file"`
	Name          string `json:"name"`
	Entries       int    `json:"entries"`
	// Digest is that of the image that was pulled.
	Digest string `json:"digest,omitempty"`
}

func (p *program) printIndexFile(file string, index *repository.Index, asJSON bool) error {
	return p.result(func(w io.Writer) error {
		if asJSON {
			return printJSON(w, indexFile{schemaVersion, file, index.Name(), index.Len(), index.ImageDigest()})
		}
		_, err := fmt.Fprintln(w, file)
		return err
	})
}

func (p *program) repoInitCommand() *cobra.Command {
	var force, asJSON bool
	command := &cobra.Command{
		Use:   "init FILE NAME",
		Short: "Make an index without packages",
		Long: `Make an index without packages, and print its file. Dependencies mean the packages
in it as <package>.NAME; NAME consists of lower-case letters, digits and "-".`,
		Example: `  packstage repo init packages.yaml demo`,
		Args:    arguments(2, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			if !isIndexFile(args[0]) {
				return usagef("%s: the file of an index ends in .yaml or .yml", args[0])
			}
			index, err := repository.New(args[1])
			if err != nil {
				return usagef("%q cannot be the name of an index: use lower-case letters, digits and \"-\"", args[1])
			}
			if err := refuseFile(args[0], force); err != nil {
				return err
			}
			if err := index.WriteFile(args[0]); err != nil {
				return err
			}
			return p.printIndexFile(args[0], index, asJSON)
		},
	}
	command.Flags().BoolVar(&force, "force", false, "replace a file that is there")
	command.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead of the file's name")
	return command
}

func (p *program) repoAddCommand() *cobra.Command {
	var (
		flags         registryFlags
		versions      []string
		force, asJSON bool
	)
	command := &cobra.Command{
		Use:   "add FILE REFERENCE",
		Short: "Add a package image to an index",
		Long: `Add the package image that REFERENCE means to the index in FILE, by its digest, and
print its entry. The package stays where it is. Manifest and configuration of the
image are read, and its layers only where the configuration does not hold the
package manifest, as in images that Package Operator built.

The version is --version, or the tag where that is a semantic version, or the
annotation org.opencontainers.image.version of the image.

An image that the index has already gets the new versions beside the old ones. A
version that another image has is refused; --force takes it from that image.`,
		Example: `  packstage repo add packages.yaml registry.example.com/shop:v1.2.0
  packstage repo add packages.yaml registry.example.com/shop:latest --version v1.2.0 --version v1.3.0`,
		Args: arguments(2, 2),
		RunE: func(command *cobra.Command, args []string) error {
			if err := checkReferences("", args[1:]); err != nil {
				return err
			}
			for _, version := range versions {
				if _, err := manifest.ParseRepositoryVersion(version); err != nil {
					return usagef("--version %q is no semantic version, as v1.2.3 is one", version)
				}
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
			entry, err := repository.Describe(command.Context(), client, args[1], versions)
			if err != nil {
				return err
			}
			done()
			added, err := index.Add(entry, repository.AddOptions{Force: force})
			if err != nil {
				return err
			}
			if err := index.WriteFile(args[0]); err != nil {
				return err
			}
			return p.result(func(w io.Writer) error {
				if asJSON {
					return printJSON(w, struct {
						SchemaVersion int `json:"schemaVersion"`
						listedEntry
					}{schemaVersion, newListedEntry(added)})
				}
				_, err := fmt.Fprintf(w, "%s %s %s\n", printable(added.Name), strings.Join(added.Versions, ","), added.Reference())
				return err
			})
		},
	}
	command.Flags().StringArrayVar(&versions, "version", nil, "semantic `VERSION` of the image; repeat it for more")
	command.Flags().BoolVar(&force, "force", false, "take a version from another image that has it")
	command.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	flags.add(command)
	return command
}

func (p *program) repoRemoveCommand() *cobra.Command {
	var (
		selection repository.Selection
		asJSON    bool
	)
	command := &cobra.Command{
		Use:   "remove FILE NAME",
		Short: "Remove a package, or some of its versions, from an index",
		Long: `Remove the package NAME from the index in FILE: all of it, or the image with
--digest, or single versions. An image goes with its last version. What is in the
registry stays there.`,
		Example: `  packstage repo remove packages.yaml shop
  packstage repo remove packages.yaml shop --version v1.2.0`,
		Args: arguments(2, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			index, err := p.readIndex(args[0])
			if err != nil {
				return err
			}
			selection.Name = args[1]
			removed, err := index.Remove(selection)
			if err != nil {
				return err
			}
			if err := index.WriteFile(args[0]); err != nil {
				return err
			}
			return p.result(func(w io.Writer) error {
				if asJSON {
					return printJSON(w, struct {
						SchemaVersion int `json:"schemaVersion"`
						Removed       int `json:"removed"`
						Entries       int `json:"entries"`
					}{schemaVersion, removed, index.Len()})
				}
				_, err := fmt.Fprintf(w, "versions removed: %d\n", removed)
				return err
			})
		},
	}
	command.Flags().StringArrayVar(&selection.Versions, "version", nil, "`VERSION` to remove; repeat it for more")
	command.Flags().StringVar(&selection.Digest, "digest", "", "remove the image with this `DIGEST` only")
	command.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return command
}
