package page

import (
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/author/graph"
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
		scripts: []string{"common.js", "yaml.js", "schema.js", "form.js", "objects.js", "search.js", "package.js"},
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
	Properties                 []propertyView
	Rules                      []string
	HasRules, Placeholders     bool
	Picture                    template.HTML
	PictureCase                string
	Objects                    []objectView
	Conditions                 []docs.Condition
	Permissions                []permissionView
	Images                     []imageView
	Probes                     []probeView
	Versions                   []Version
}

type (
	factView struct {
		Name, Value, Link string
		Code              bool
	}
	sectionView  struct{ ID, Title string }
	propertyView struct {
		docs.Property
		ID, Above, Last string
		Default         string
		About, Demands  []word
		Rules           []string
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

func (p *partView) commands(target string) {
	if target == "" {
		return
	}
	command := "packstage render " + quoted(target)
	if p.Component != "" {
		command += " --component " + quoted(p.Component)
	}
	p.Command = command
	p.RenderCommand = command + " --config config.yaml"
}

func (p *partView) facts(document *docs.Document) {
	add := func(name, value string, code bool) {
		if value != "" {
			p.Facts = append(p.Facts, factView{Name: name, Value: value, Code: code})
		}
	}
	link := func(name, value string) {
		if value == "" {
			return
		}
		fact := factView{Name: name, Value: value}
		if strings.HasPrefix(value, "https://") || strings.HasPrefix(value, "http://") {
			fact.Link = value
		}
		p.Facts = append(p.Facts, fact)
	}
	if p.Title != "" && p.Title != p.Name {
		add("Package", p.Name, true)
	}
	if p.Component == "" {
		add("Reference", document.Reference, true)
		add("Image digest", document.ImageDigest, true)
	}
	add("Vendor", p.Vendor, false)
	link("Source", p.Source)
	link("Documentation", p.Documentation)
	link("Home", p.URL)
	counted := func(n int, one string) {
		if n == 1 {
			p.Counts = append(p.Counts, "1 "+one)
		} else if n > 1 {
			p.Counts = append(p.Counts, fmt.Sprintf("%d %ss", n, one))
		}
	}
	counted(len(p.Phases), "phase")
	counted(len(p.Package.Objects), "object")
	counted(len(p.Components), "component")
}

func (p *partView) properties(used identifiers) {
	for _, property := range p.Package.Properties {
		view := propertyView{Property: property, ID: used.next(p.ID+"-property", property.Path), About: words(property.Description)}
		at := strings.LastIndex(property.Path, ".") + 1
		view.Above, view.Last = property.Path[:at], property.Path[at:]
		var demands []string
		for _, value := range property.Enum {
			demands = append(demands, "`"+docs.ValueText(value)+"`")
		}
		text := ""
		if len(demands) > 0 {
			text = "One of " + strings.Join(demands, ", ")
		}
		for _, constraint := range property.Constraints {
			if text != "" {
				text += "; "
			}
			text += constraint
		}
		if property.Format != "" && property.Format != "password" {
			text = strings.TrimPrefix(text+"; format `"+property.Format+"`", "; ")
		}
		if property.Nullable {
			text = strings.TrimPrefix(text+"; may be null", "; ")
		}
		if text != "" {
			view.Demands = words(strings.ToUpper(text[:1]) + text[1:])
		}
		if property.Default != nil {
			view.Default = docs.ValueText(property.Default)
			if property.Sensitive {
				view.Default = "••••••••"
			}
		}
		for _, rule := range property.Rules {
			p.HasRules = true
			view.Rules = append(view.Rules, ruleText(rule))
		}
		p.Properties = append(p.Properties, view)
	}
	for _, rule := range p.Package.Rules {
		p.HasRules = true
		p.Rules = append(p.Rules, ruleText(rule))
	}
}

func ruleText(rule docs.PropertyRule) string {
	if rule.Message != "" {
		return rule.Message
	}
	return rule.Rule
}

// picture draws the test case with the most objects.
func (p *partView) picture() {
	most := -1
	for i, c := range p.Cases {
		count := 0
		for range c.Instance.Objects() {
			count++
		}
		if count <= most {
			continue
		}
		most = count
		p.PictureCase = p.Cases[i].Case.Name
		// The picture escapes what the package says.
		p.Picture = template.HTML(graph.New(c.Instance).SVG(graph.SVGOptions{Embedded: true, Prefix: p.ID + "-graph"}))
	}
}

func (p *partView) objects() {
	conditional := false
	for _, object := range p.Package.Objects {
		view := objectView{Phase: object.Phase, Kind: object.Kind, Group: object.Group, Name: object.Name, Condition: object.Condition}
		if object.Namespace != "" {
			view.Name = object.Namespace + "/" + object.Name
		}
		if object.Conditional {
			conditional = true
			view.When = fmt.Sprintf("in %d of %d test cases", len(object.Cases), len(p.Cases))
		}
		p.Placeholders = p.Placeholders || strings.Contains(view.Name, "<name>") || strings.Contains(view.Name, "<namespace>")
		p.Objects = append(p.Objects, view)
	}
	if !conditional {
		return
	}
	for _, condition := range p.Package.Conditions {
		if condition.Name != "" {
			p.Conditions = append(p.Conditions, docs.Condition{Name: "cond." + condition.Name, Expression: condition.Expression})
		}
	}
}

func (p *partView) sections() {
	add := func(there bool, name, title string) {
		if there {
			p.Sections = append(p.Sections, sectionView{p.ID + "-" + name, title})
		}
	}
	add(true, "configuration", "Configuration")
	add(len(p.Properties) > 0, "configure", "Configure")
	add(true, "phases", "Phases")
	add(len(p.Objects) > 0, "objects", "Objects")
	add(len(p.Cases) > 0, "rendered", "Rendered objects")
	add(len(p.Permissions) > 0, "permissions", "Permissions")
	add(len(p.Images) > 0, "images", "Images")
	add(len(p.Probes) > 0, "availability", "Availability")
	add(len(p.Dependencies) > 0, "dependencies", "Dependencies")
	add(len(p.Versions) > 0, "versions", "Versions")
}
