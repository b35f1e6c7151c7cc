package cli

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
)

func (p *program) attachCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "attach",
		Short: "Attach a bill of materials or provenance to a package in a registry",
		Long: `Attach a document to a package in a registry, as a referrer of its image. The
package itself, and its digest, stay as they are.`,
	}, p.attachSBOMCommand(), p.attachProvenanceCommand())
}

// maxDocumentBytes bounds a document that is attached.
const maxDocumentBytes = 64 << 20

func (p *program) attachSBOMCommand() *cobra.Command {
	var policy policyFlags
	command := p.attachDocumentCommand(&cobra.Command{
		Use:   "sbom REFERENCE",
		Short: "Attach an SPDX bill of materials",
		Long: `Attach an SPDX document in JSON to a package, and print the digest of the referrer.
Without --file it is made of the package: its files with their checksums, and the
images that it locks. The same package has the same document.`,
		Example: `  packstage attach sbom registry.example.com/shop:v1
  packstage attach sbom registry.example.com/shop:v1 --file shop.spdx.json`,
	}, func(ctx context.Context, client *registry.Client, reference string, document []byte) (v1.Descriptor, error) {
		if document != nil {
			return packagebuilder.AttachSBOM(ctx, client, reference, document)
		}
		// What is described and what it is attached to are the same, wherever the
		// tag goes meanwhile.
		image, err := client.WithoutMirrors().Resolve(ctx, reference)
		if err != nil {
			return v1.Descriptor{}, err
		}
		parsed, err := client.ParseReference(reference)
		if err != nil {
			return v1.Descriptor{}, err
		}
		pinned := parsed.Context().Digest(image.Digest.String()).Name()
		source, err := policy.verified(p, packageloader.FromClient(client, pinned))
		if err != nil {
			return v1.Descriptor{}, err
		}
		if document, err = p.sbom(ctx, source, reference); err != nil {
			return v1.Descriptor{}, err
		}
		return packagebuilder.AttachSBOM(ctx, client, pinned, document)
	})
	policy.add(command)
	return command
}

func (p *program) attachProvenanceCommand() *cobra.Command {
	return p.attachDocumentCommand(&cobra.Command{
		Use:   "provenance REFERENCE --file FILE",
		Short: "Attach a statement of provenance",
		Long: `Attach an in-toto statement in JSON to a package, and print the digest of the
referrer. The package must be a subject of the statement. "build --push
--provenance" makes and attaches one at once: afterwards nobody knows any more how
a package was built.`,
		Example: `  packstage attach provenance registry.example.com/shop:v1 --file provenance.json`,
	}, func(ctx context.Context, client *registry.Client, reference string, document []byte) (v1.Descriptor, error) {
		if document == nil {
			return v1.Descriptor{}, usagef("--file names the statement")
		}
		return packagebuilder.AttachProvenance(ctx, client, reference, document)
	})
}

// attachDocumentCommand completes a command that attaches a document, which is
// nil where no file was named.
func (p *program) attachDocumentCommand(
	command *cobra.Command, attach func(context.Context, *registry.Client, string, []byte) (v1.Descriptor, error),
) *cobra.Command {
	var (
		from   registryFlags
		file   string
		asJSON bool
	)
	command.Args = arguments(1, 1)
	command.ValidArgsFunction = cobra.NoFileCompletions
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := checkReferences("", args); err != nil {
			return err
		}
		var document []byte
		if file != "" {
			var err error
			if document, err = readDocument(file); err != nil {
				return err
			}
		}
		client, done, err := from.client(p)
		if err != nil {
			return err
		}
		defer done()
		attached, err := attach(command.Context(), client, args[0], document)
		if found, ok := diagnostic.From(err); ok && file != "" {
			return inDocument(found, file)
		}
		if err != nil {
			return err
		}
		done()
		p.remark("attached %s to %s", attached.ArtifactType, args[0])
		return p.printImage(imageResult{SchemaVersion: schemaVersion, Digest: attached.Digest.String(), References: args}, asJSON)
	}
	command.Flags().StringVar(&file, "file", "", "document `FILE` to attach")
	_ = command.MarkFlagFilename("file", "json")
	addJSON(command, &asJSON)
	from.add(command)
	return command
}

// inDocument has findings about a document name its file, which is what has to be
// changed.
func inDocument(found diagnostic.Diagnostics, file string) diagnostic.Diagnostics {
	found = slices.Clone(found)
	for i := range found {
		if found[i].Code == diagnostic.AttachmentInvalid {
			found[i].Position.File = file
		}
	}
	return found
}

func readDocument(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	document, err := readAtMost(file, maxDocumentBytes)
	if err == nil && len(document) > maxDocumentBytes {
		return nil, usagef("%s is larger than %s", path, byteSize(maxDocumentBytes))
	}
	return document, err
}

// tagOf is the tag of a reference, or "".
func tagOf(reference string) string {
	parsed, err := name.NewTag(reference)
	if err != nil {
		return ""
	}
	return parsed.TagStr()
}

// attachBuilt attaches what was asked for to an image that was just pushed, once
// in each repository.
func (p *program) attachBuilt(ctx context.Context, client *registry.Client, image v1.Image, tags []string, sbom, provenance bool) ([]attachedDocument, error) {
	var attached []attachedDocument
	seen := map[string]bool{}
	for _, tag := range tags {
		parsed, err := client.ParseReference(tag)
		if err != nil {
			return nil, err
		}
		digest, err := image.Digest()
		if err != nil {
			return nil, err
		}
		if seen[parsed.Context().Name()] {
			continue
		}
		seen[parsed.Context().Name()] = true
		// By digest: somebody else may have moved the tag by now.
		reference := parsed.Context().Digest(digest.String()).Name()
		if sbom {
			document, err := p.sbom(ctx, packageloader.FromImage(image), tag)
			if err != nil {
				return nil, err
			}
			referrer, err := packagebuilder.AttachSBOM(ctx, client, reference, document)
			if err != nil {
				return nil, err
			}
			attached = append(attached, newAttachedDocument(parsed.Context(), referrer))
			p.remark("attached an SBOM to %s", tag)
		}
		if provenance {
			statement, err := p.provenance(ctx, image, digest, tags)
			if err != nil {
				return nil, err
			}
			referrer, err := packagebuilder.AttachProvenance(ctx, client, reference, statement)
			if err != nil {
				return nil, err
			}
			attached = append(attached, newAttachedDocument(parsed.Context(), referrer))
			p.remark("attached provenance to %s", tag)
		}
	}
	return attached, nil
}

func newAttachedDocument(repository name.Repository, referrer v1.Descriptor) attachedDocument {
	digest := referrer.Digest.String()
	return attachedDocument{ArtifactType: referrer.ArtifactType, Reference: repository.Digest(digest).Name(), Digest: digest}
}

// provenance makes the statement of an image that was just built.
func (p *program) provenance(ctx context.Context, image v1.Image, digest v1.Hash, tags []string) ([]byte, error) {
	content, err := packageloader.FromImage(image).Open(ctx, packagetypes.Limits{})
	if err != nil {
		return nil, err
	}
	manifest, err := image.Manifest()
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	finished := time.Now()
	if !config.Created.IsZero() && config.Created.Unix() != 0 {
		finished = config.Created.Time // SOURCE_DATE_EPOCH: the statement can be made again
	}
	return packagebuilder.Provenance(digest, packagebuilder.ProvenanceOptions{
		Names: tags, ContentDigest: content.Files.Digest(),
		Source:     manifest.Annotations[ocispec.AnnotationSource],
		Revision:   manifest.Annotations[ocispec.AnnotationRevision],
		Parameters: manifest.Annotations,
		Version:    p.programVersion().Version, Finished: finished,
	})
}

// sbom makes the bill of materials of what a source reads.
func (p *program) sbom(ctx context.Context, source packageloader.Source, reference string) ([]byte, error) {
	return packagebuilder.SBOM(ctx, source, packagebuilder.SBOMOptions{
		Reference: reference, Version: tagOf(reference), Tool: "packstage-" + p.programVersion().Version,
	})
}
