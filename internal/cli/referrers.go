package cli

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/registry"
)

// attachedImage is what "referrers --json" prints.
type attachedImage struct {
	SchemaVersion int             `json:"schemaVersion"`
	Reference     string          `json:"reference"`
	Digest        string          `json:"digest"`
	Referrers     []attachedEntry `json:"referrers"`
}

type attachedEntry struct {
	Digest       string            `json:"digest"`
	ArtifactType string            `json:"artifactType,omitempty"`
	MediaType    string            `json:"mediaType"`
	Size         int64             `json:"size"`
	Tag          string            `json:"tag,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty"`
}

func (p *program) referrersCommand() *cobra.Command {
	var (
		from         registryFlags
		artifactType string
		asJSON       bool
	)
	command := &cobra.Command{
		Use:   "referrers REFERENCE",
		Short: "List what hangs on a package: signatures, SBOMs, provenance",
		Long: `List the manifests that have a package as their subject, and what tools attach by
tags such as sha256-….sig. Registries without a list of referrers are asked for the
index that clients keep there instead.`,
		Example: `  packstage referrers registry.example.com/shop:v1
  packstage referrers registry.example.com/shop:v1 --type application/spdx+json --json`,
		Args:              arguments(1, 1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			if err := checkReferences("", args); err != nil {
				return err
			}
			client, done, err := from.client(p)
			if err != nil {
				return err
			}
			defer done()
			subject, err := client.Resolve(ctx, args[0])
			if err != nil {
				return err
			}
			parsed, err := client.ParseReference(args[0])
			if err != nil {
				return err
			}
			found, err := client.Attached(ctx, parsed.Context().Digest(subject.Digest.String()).Name())
			if err != nil {
				return err
			}
			done()
			return p.printAttached(artifactType, attachedImage{
				SchemaVersion: schemaVersion, Reference: args[0], Digest: subject.Digest.String(), Referrers: attachedEntries(found, artifactType),
			}, asJSON)
		},
	}
	command.Flags().StringVar(&artifactType, "type", "", "list those of an artifact `TYPE` only")
	command.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	from.add(command)
	return command
}

func attachedEntries(found []registry.Attached, artifactType string) []attachedEntry {
	entries := []attachedEntry{}
	for _, one := range found {
		if artifactType != "" && one.Descriptor.ArtifactType != artifactType {
			continue
		}
		entries = append(entries, attachedEntry{
			Digest: one.Descriptor.Digest.String(), ArtifactType: one.Descriptor.ArtifactType,
			MediaType: string(one.Descriptor.MediaType), Size: one.Descriptor.Size,
			Tag: one.Tag, Annotations: one.Descriptor.Annotations,
		})
	}
	return entries
}

func (p *program) printAttached(artifactType string, attached attachedImage, asJSON bool) error {
	return p.result(func(w io.Writer) error {
		if asJSON {
			return printJSON(w, attached)
		}
		if len(attached.Referrers) == 0 {
			what := "nothing"
			if artifactType != "" {
				what = "nothing of the type " + printable(artifactType)
			}
			p.remark("%s refers to %s", what, attached.Reference)
			return nil
		}
		table := newTable(w, "DIGEST", "TYPE", "TAG")
		for _, entry := range attached.Referrers {
			kind, tag := entry.ArtifactType, entry.Tag
			if kind == "" {
				kind = entry.MediaType
			}
			if tag == "" {
				tag = "-"
			}
			table.row(entry.Digest, kind, tag)
		}
		return table.flush()
	})
}
