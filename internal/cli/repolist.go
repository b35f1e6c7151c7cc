package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader/repository"
)

// listedIndex is what "repo list --json" prints.
type listedIndex struct {
	SchemaVersion int    `json:"schemaVersion"`
	Name          string `json:"name"`
	// Digest is that of the image, where the index came from one.
	Digest  string        `json:"digest,omitempty"`
	Entries []listedEntry `json:"entries"`
}

type listedEntry struct {
	Name        string                `json:"name"`
	Versions    []string              `json:"versions"`
	Reference   string                `json:"reference"`
	Image       string                `json:"image"`
	Digest      string                `json:"digest"`
	Constraints []manifest.Constraint `json:"constraints"`
}

func newListedEntry(entry repository.Entry) listedEntry {
	return listedEntry{
		Name: entry.Name, Versions: entry.Versions, Reference: entry.Reference(), Image: entry.Image, Digest: entry.Digest,
		Constraints: append([]manifest.Constraint{}, entry.Constraints...),
	}
}

func (p *program) repoListCommand() *cobra.Command {
	var (
		flags  registryFlags
		asJSON bool
	)
	command := &cobra.Command{
		Use:   "list FILE|REFERENCE",
		Short: "List the packages of an index",
		Long: `List the packages of an index, with versions, image and constraints. The index is a
.yaml file, a registry reference, an image tar or an image layout.`,
		Example: `  packstage repo list packages.yaml
  packstage repo list registry.example.com/index:latest --json`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			index, err := p.loadIndex(command.Context(), args[0], &flags)
			if err != nil {
				return err
			}
			return p.result(func(w io.Writer) error {
				if asJSON {
					listed := listedIndex{schemaVersion, index.Name(), index.ImageDigest(), []listedEntry{}}
					for _, entry := range index.Entries() {
						listed.Entries = append(listed.Entries, newListedEntry(entry))
					}
					return printJSON(w, listed)
				}
				return printIndex(w, index)
			})
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead of a table")
	flags.add(command)
	command.ValidArgsFunction = completeTarget
	return command
}

func printIndex(w io.Writer, index *repository.Index) error {
	table := newTable(w, "PACKAGE", "VERSIONS", "IMAGE", "CONSTRAINTS")
	for _, entry := range index.Entries() {
		table.row(entry.Name, strings.Join(entry.Versions, ", "), entry.Reference(), constraintText(entry.Constraints))
	}
	return table.flush()
}

func constraintText(constraints []manifest.Constraint) string {
	return strings.Join(each(constraints, docs.DescribeConstraint), "; ")
}

// table is text in columns, without white space at the ends of lines.
type table struct {
	out    io.Writer
	text   strings.Builder
	writer *tabwriter.Writer
}

func newTable(w io.Writer, heading ...string) *table {
	t := &table{out: w}
	t.writer = tabwriter.NewWriter(&t.text, 0, 0, 2, ' ', 0)
	t.row(heading...)
	return t
}

func (t *table) row(cells ...string) {
	fmt.Fprintln(t.writer, strings.Join(each(cells, printable), "\t"))
}

func (t *table) flush() error {
	if err := t.writer.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(t.text.String()) {
		if _, err := fmt.Fprintln(t.out, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}
