package page

import (
	"html/template"
	"io"

	"github.com/packstage/packstage/author/docs"
)

// Options say what a page tells beside the document; the zero value is nothing.
type Options struct {
	// Target is how a command line names the package: its reference or folder. Without
	// it, the page shows no commands.
	Target string
	// Versions that there are of the package, newest first.
	Versions []Version
}

// Version is one of a package.
type Version struct {
	Version string
	// Reference is the image, best by its digest.
	Reference string
	// Created is a date, or empty.
	Created string
	// Constraints say where it may be installed, in words.
	Constraints []string
}

// Package writes the page of a package. The error is that of the writer.
func Package(w io.Writer, document *docs.Document, options Options) error {
	root := document.Root()
	view := packageView{
		Name: root.Name, Version: root.Version, ContentDigest: document.ContentDigest,
	}
	data := packageData{Packages: []packageEntry{}, Contents: []string{}}
	contents := contentIndex{list: &data.Contents, known: map[string]int{}}
	used := identifiers{}
	for i := range document.Packages {
		pkg := &document.Packages[i]
		part := newPart(document, pkg, used, options)
		entry, err := newPackageEntry(pkg, part, contents)
		if err != nil {
			return err
		}
		view.Packages = append(view.Packages, part)
		data.Packages = append(data.Packages, entry)
	}
	return shell{
		title: root.Name, body: "package.html", view: view, data: data,
		scripts: []string{"common.js", "yaml.js", "schema.js", "form.js", "groups.js", "configurator.js", "objects.js", "search.js", "package.js"},
	}.write(w)
}

// packageView is what the template of the page shows.
type packageView struct {
	Name, Version, ContentDigest string
	Packages                     []partView
}

// partView is the root or a component.
type partView struct {
	*docs.Package
	ID, Command, RenderCommand string
	Counts                     []string
	Constraints                []string
	Facts                      []factView
	Sections                   []sectionView
	// At are the identifiers of sections, and of the name, by what they are called here.
	At                     map[string]string
	Properties             []propertyView
	Rules                  []string
	HasRules, Placeholders bool
	// OnlyComponents: the package makes no objects itself, so there is nothing to render.
	OnlyComponents bool
	TooMany        bool
	Picture        template.HTML
	PictureCase    string
	Objects        []objectView
	Conditions     []docs.Condition
	Permissions    []permissionView
	Images         []imageView
	Probes         []probeView
	Versions       []Version
}

type (
	factView struct {
		Name, Value, Link string
		Code              bool
	}
	sectionView  struct{ ID, Title string }
	propertyView struct {
		docs.Property
		ID, Last, Default string
		// Above are the keys above the last one, each with its dot.
		Above   []string
		About   [][]word
		Demands []word
		Rules   []string
	}
	objectView     struct{ Phase, Kind, Group, Name, Condition, When string }
	permissionView struct {
		Who, Where, May []word
		Remark, Note    string
	}
	imageView struct {
		docs.Image
		ID string
	}
	probeView struct {
		Selects []word
		Checks  [][]word
	}
)

func newPart(document *docs.Document, pkg *docs.Package, used identifiers, options Options) partView {
	part := partView{Package: pkg, Constraints: constraintTexts(pkg.Constraints)}
	if pkg.Component == "" {
		part.ID = used.next("package", "")
		part.Versions = options.Versions
	} else {
		part.ID = used.next("component", pkg.Component)
	}
	part.At = map[string]string{}
	for _, name := range append([]string{"name"}, sectionNames...) {
		part.At[name] = used.next(part.ID+"-"+name, "")
	}
	part.commands(options.Target)
	part.facts(document)
	part.properties(used)
	part.picture()
	part.objects()
	for _, permission := range pkg.Permissions {
		note := permission
		note.Remark = ""
		part.Permissions = append(part.Permissions, permissionView{
			words(docs.WhoText(permission)), words(permission.Where), words(permission.May), permission.Remark, docs.NoteText(note, len(pkg.Cases)),
		})
	}
	for _, image := range pkg.Images {
		part.Images = append(part.Images, imageView{image, used.next(part.ID+"-image", image.Name)})
	}
	for _, probe := range pkg.Probes {
		view := probeView{Selects: words(probe.Selects)}
		for _, check := range probe.Checks {
			view.Checks = append(view.Checks, words(check))
		}
		part.Probes = append(part.Probes, view)
	}
	part.sections()
	return part
}
