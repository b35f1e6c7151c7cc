package page

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader/repository"
)

// CatalogueOptions say what a catalogue tells beside its entries.
type CatalogueOptions struct {
	// Name of the catalogue; default "Packages".
	Name string
	// Description stands below the name.
	Description string
	// Digest is that of the index that the entries came from, or empty.
	Digest string
}

// CatalogueEntry is a package of a catalogue.
type CatalogueEntry struct {
	Name, Description string
	// Target is how a command line names the newest version.
	Target string
	// Version is the newest one, or empty where none is known.
	Version     string
	Versions    []Version
	Constraints []manifest.Constraint
}

// IndexEntries returns the packages of an index, by name. An index has no
// descriptions: they are those of [Descriptions], by name, or none.
func IndexEntries(index *repository.Index, descriptions map[string]string) []CatalogueEntry {
	var entries []CatalogueEntry
	for _, found := range index.Entries() {
		if len(entries) == 0 || entries[len(entries)-1].Name != found.Name {
			entry := CatalogueEntry{Name: found.Name, Description: descriptions[found.Name], Target: found.Reference(), Constraints: found.Constraints}
			if len(found.Versions) > 0 {
				entry.Version = found.Versions[0]
			}
			entries = append(entries, entry)
		}
		last := &entries[len(entries)-1]
		for _, version := range found.Versions {
			last.Versions = append(last.Versions, Version{Version: version, Reference: found.Reference(), Constraints: constraintTexts(found.Constraints)})
		}
	}
	return entries
}

// DocumentEntry returns the entry of a package that is named so on a command line.
func DocumentEntry(document *docs.Document, target string) CatalogueEntry {
	root := document.Root()
	entry := CatalogueEntry{Name: root.Name, Description: root.Description, Target: target, Version: root.Version, Constraints: root.Constraints}
	if root.Version != "" && document.Reference != "" {
		reference := document.Reference
		if !strings.Contains(reference, "@") {
			reference += "@" + document.ImageDigest
		}
		entry.Versions = []Version{{Version: root.Version, Reference: reference}}
	}
	return entry
}

func constraintTexts(constraints []manifest.Constraint) []string {
	var texts []string
	for _, constraint := range constraints {
		if text := docs.DescribeConstraint(constraint); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// Catalogue writes a page of packages, by name. The error is that of the writer.
func Catalogue(w io.Writer, entries []CatalogueEntry, options CatalogueOptions) error {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b CatalogueEntry) int { return cmp.Compare(a.Name, b.Name) })
	view := catalogueView{
		Name: cmp.Or(options.Name, "Packages"), Description: options.Description, Digest: options.Digest,
		Platforms: []string{string(manifest.PlatformKubernetes), string(manifest.PlatformOpenShift)},
	}
	view.Title = view.Name
	used := identifiers{}
	for _, entry := range entries {
		view.Cards = append(view.Cards, newCard(entry, used))
	}
	return shell{title: view.Name, body: "catalogue.html", view: view, data: struct{}{}, scripts: []string{"common.js", "catalogue.js"}}.write(w)
}

type catalogueView struct {
	Name, Title, Description, Digest string
	Platforms                        []string
	Cards                            []cardView
}

type cardView struct {
	CatalogueEntry
	// Constraints are those of the entry in words.
	Constraints            []string
	ID, Command, Platforms string
}

func newCard(entry CatalogueEntry, used identifiers) cardView {
	card := cardView{CatalogueEntry: entry, Constraints: constraintTexts(entry.Constraints), ID: used.next("package", entry.Name)}
	var platforms []string
	for _, constraint := range entry.Constraints {
		for _, platform := range constraint.Platform {
			if !slices.Contains(platforms, string(platform)) {
				platforms = append(platforms, string(platform))
			}
		}
	}
	card.Platforms = strings.Join(platforms, " ")
	if entry.Target != "" {
		card.Command = "packstage render " + quoted(entry.Target)
	}
	return card
}
