package cli

import (
	"context"
	"io"
	"path/filepath"
	"time"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/author/page"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packageloader/repository"
)

// writePage writes the page of a package.
func (p *program) writePage(ctx context.Context, flags *docsFlags, argument string) error {
	document, err := p.document(ctx, &flags.target, argument)
	if err != nil {
		return err
	}
	options := page.Options{Target: shownTarget(argument)}
	if flags.index != "" {
		options.Versions, err = p.indexVersions(ctx, flags, document.Root().Name)
	} else {
		options.Versions, err = p.registryVersions(ctx, flags, argument)
	}
	if err != nil {
		return err
	}
	return p.writeFile(flags.html, func(w io.Writer) error { return page.Package(w, document, options) })
}

// shownTarget is how a page names a target. Where a folder or file lies on the machine
// of the author is nobody's business: readers see its own name.
func shownTarget(argument string) string {
	found, err := parseTarget(argument)
	if err != nil || found.kind == registryTarget {
		return argument
	}
	path, err := filepath.Abs(argument)
	if err != nil {
		return argument
	}
	return "./" + filepath.Base(path)
}

// indexVersions lists the versions of a package that an index has.
func (p *program) indexVersions(ctx context.Context, flags *docsFlags, name string) ([]page.Version, error) {
	index, err := p.loadIndex(ctx, flags.index, &flags.target.registryFlags)
	if err != nil {
		return nil, err
	}
	for _, entry := range page.IndexEntries(index, nil) {
		if entry.Name == name {
			return entry.Versions, nil
		}
	}
	return nil, diagnostic.Diagnostics{{
		Code: diagnostic.VersionNotFound, Severity: diagnostic.Error,
		Message: "the index " + flags.index + " has no package " + name, Hint: "packstage repo list " + flags.index + " shows what it has",
	}}
}

// registryVersions lists the versions beside the one in a registry.
func (p *program) registryVersions(ctx context.Context, flags *docsFlags, argument string) ([]page.Version, error) {
	found, err := parseTarget(argument)
	if err != nil || found.kind != registryTarget {
		return nil, err
	}
	client, done, err := flags.target.client(p)
	if err != nil {
		return nil, err
	}
	defer done()
	reference, err := client.ParseReference(found.reference)
	if err != nil {
		return nil, err
	}
	listed, err := packageloader.Versions(ctx, client, reference.Context().Name(), packageloader.VersionsOptions{})
	if err != nil {
		return nil, err
	}
	var versions []page.Version
	for _, version := range listed {
		shown := page.Version{Version: version.Tag, Reference: version.Reference}
		if !version.Created.IsZero() {
			shown.Created = version.Created.UTC().Format(time.DateOnly)
		}
		for _, constraint := range version.Constraints {
			shown.Constraints = append(shown.Constraints, docs.DescribeConstraint(constraint))
		}
		versions = append(versions, shown)
	}
	return versions, nil
}

// writeCatalogue writes the page of an index, or of packages.
func (p *program) writeCatalogue(ctx context.Context, flags *docsFlags, arguments []string) error {
	var entries []page.CatalogueEntry
	options := page.CatalogueOptions{}
	for _, argument := range arguments {
		if isIndexFile(argument) {
			index, err := p.readIndex(argument)
			if err != nil {
				return err
			}
			listed, err := p.describedEntries(ctx, flags, index)
			if err != nil {
				return err
			}
			entries = append(entries, listed...)
			options.Name = index.Name()
			continue
		}
		listed, index, err := p.catalogueTarget(ctx, flags, argument)
		if err != nil {
			return err
		}
		if index != nil {
			options.Name, options.Digest = index.Name(), index.ImageDigest()
		}
		entries = append(entries, listed...)
	}
	if len(arguments) > 1 {
		options.Name, options.Digest = "", ""
	}
	return p.writeFile(flags.catalogue, func(w io.Writer) error { return page.Catalogue(w, entries, options) })
}

// catalogueTarget gives what an argument stands for: an image may hold an index, all
// else is a package.
func (p *program) catalogueTarget(ctx context.Context, flags *docsFlags, argument string) ([]page.CatalogueEntry, *repository.Index, error) {
	found, err := parseTarget(argument)
	if err != nil {
		return nil, nil, err
	}
	if found.kind != folderTarget {
		client, done, err := flags.target.client(p)
		if err != nil {
			return nil, nil, err
		}
		index, err := p.loadIndexImage(ctx, found, client)
		done()
		if err == nil {
			listed, err := p.describedEntries(ctx, flags, index)
			return listed, index, err
		}
		if _, ok := diagnostic.From(err); !ok {
			return nil, nil, err
		}
	}
	document, err := p.document(ctx, &flags.target, argument)
	if err != nil {
		return nil, nil, err
	}
	return []page.CatalogueEntry{page.DocumentEntry(document, shownTarget(argument))}, nil, nil
}

// describedEntries returns the packages of an index, with the descriptions that their
// images have where that is asked for.
func (p *program) describedEntries(ctx context.Context, flags *docsFlags, index *repository.Index) ([]page.CatalogueEntry, error) {
	if !flags.describe {
		return page.IndexEntries(index, nil), nil
	}
	client, done, err := flags.target.client(p)
	if err != nil {
		return nil, err
	}
	defer done()
	descriptions, err := page.Descriptions(ctx, client, index)
	return page.IndexEntries(index, descriptions), err
}
