package page

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/author/graph"
)

func (p *partView) commands(target string) {
	p.OnlyComponents = len(p.Package.Objects) == 0 && len(p.Components) > 0
	if target == "" || p.OnlyComponents {
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
		view := propertyView{Property: property, ID: used.next(p.ID+"-property", property.Path), About: paragraphs(property.Description)}
		at := strings.LastIndex(property.Path, ".") + 1
		view.Last = property.Path[at:]
		if at > 0 {
			view.Above = strings.SplitAfter(property.Path[:at-1], ".")
			view.Above[len(view.Above)-1] += "."
		}
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
		view.Default = property.DefaultText()
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

// A picture of more than that shows nothing any more, and stops a browser.
const (
	mostDrawnObjects    = 600
	mostDrawnReferences = 3_000
)

// picture draws the test case with the most objects.
func (p *partView) picture() {
	most, drawn := -1, 0
	for i, c := range p.Cases {
		count := 0
		for range c.Instance.Objects() {
			count++
		}
		if count > most {
			most, drawn = count, i
		}
	}
	if most <= 0 {
		return
	}
	g := graph.New(p.Cases[drawn].Instance)
	if len(g.Nodes) > mostDrawnObjects || len(g.Edges) > mostDrawnReferences {
		p.TooMany = true
		return
	}
	p.PictureCase = p.Cases[drawn].Case.Name
	// The picture escapes what the package says.
	p.Picture = template.HTML(g.SVG(graph.SVGOptions{Embedded: true, Prefix: p.ID + "-graph"}))
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

var sectionNames = []string{
	"configuration", "configure", "phases", "objects", "rendered", "permissions", "images", "availability", "dependencies", "versions",
}

func (p *partView) sections() {
	add := func(there bool, name, title string) {
		if there {
			p.Sections = append(p.Sections, sectionView{p.At[name], title})
		}
	}
	add(true, "configuration", "Configuration")
	add(len(p.Properties) > 0, "configure", "Configure")
	add(true, "phases", "Phases")
	add(len(p.Objects) > 0, "objects", "Objects")
	add(len(p.Cases) > 0 && !p.OnlyComponents, "rendered", "Rendered objects")
	add(len(p.Permissions) > 0, "permissions", "Permissions")
	add(len(p.Images) > 0, "images", "Images")
	add(len(p.Probes) > 0, "availability", "Availability")
	add(len(p.Dependencies) > 0, "dependencies", "Dependencies")
	add(len(p.Versions) > 0, "versions", "Versions")
}
