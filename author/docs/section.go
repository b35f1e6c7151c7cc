package docs

import (
	"fmt"
	"strings"
)

// SectionOptions say how a section is written; the zero value is the default of each.
type SectionOptions struct {
	// Level of the headings, 1 to 5. Default 2.
	Level int
}

// Section writes what a README says about a package, as Markdown for GitHub and
// GitLab: configuration, phases, objects, permissions, images, availability,
// requirements and dependencies, each where there is something to say, and the same
// for each component. It ends in one line break.
func Section(document *Document, options SectionOptions) []byte {
	if options.Level < 1 || options.Level > 5 {
		options.Level = 2
	}
	w := &sectionWriter{level: options.Level}
	for i := range document.Packages {
		pkg := &document.Packages[i]
		w.level = options.Level
		if pkg.Component != "" {
			w.heading("Component " + mdEscape(pkg.Component))
			if pkg.Description != "" {
				w.paragraph(mdText(pkg.Description))
			}
			w.level++
		}
		w.pkg(pkg)
	}
	return []byte(strings.TrimRight(w.out.String(), "\n") + "\n")
}

type sectionWriter struct {
	out   strings.Builder
	level int
}

func (w *sectionWriter) heading(text string) {
	w.out.WriteString(strings.Repeat("#", w.level) + " " + text + "\n\n")
}

func (w *sectionWriter) paragraph(text string) { w.out.WriteString(text + "\n\n") }

func (w *sectionWriter) pkg(pkg *Package) {
	w.configuration(pkg)
	w.phases(pkg)
	w.objects(pkg)
	w.permissions(pkg)
	w.images(pkg)
	w.probes(pkg)
	w.requirements(pkg)
	w.dependencies(pkg)
}

func (w *sectionWriter) configuration(pkg *Package) {
	w.heading("Configuration")
	if len(pkg.Properties) == 0 {
		if len(pkg.Schema) == 0 {
			w.paragraph("There is nothing to configure.")
		} else {
			w.paragraph("The configuration has no fixed keys.")
		}
		return
	}
	table := mdTable{heading: []string{"Property", "Type", "Default", "Description"}}
	for _, property := range pkg.Properties {
		table.rows = append(table.rows, []string{mdCode(property.Path), mdEscape(property.Type), mdDefault(property), mdAbout(property)})
	}
	table.write(&w.out)
	if len(pkg.Rules) > 0 {
		w.paragraph("Rules over several properties:")
		w.rules(pkg.Rules)
	}
}

func (w *sectionWriter) rules(rules []PropertyRule) {
	for _, rule := range rules {
		w.out.WriteString("- " + mdRule(rule) + "\n")
	}
	w.out.WriteString("\n")
}

func mdRule(rule PropertyRule) string {
	if rule.Message == "" {
		return mdCode(strings.Join(strings.Fields(rule.Rule), " "))
	}
	return mdText(rule.Message)
}

func mdDefault(property Property) string {
	switch {
	case property.Default != nil && property.Sensitive:
		return "set" // a README shows no secrets, not even those of everybody
	case property.Default != nil:
		return mdCode(property.DefaultText())
	case property.Required:
		return "**required**"
	default:
		return ""
	}
}

// mdAbout says everything about a property that has no column.
func mdAbout(property Property) string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	if property.Title != "" {
		add("**" + mdText(property.Title) + "**")
	}
	add(mdText(property.Description))
	var values []string
	for _, value := range property.Enum {
		values = append(values, mdCode(ValueText(value)))
	}
	if len(values) > 0 {
		add("One of " + strings.Join(values, ", ") + ".")
	}
	var demands []string
	for _, constraint := range property.Constraints {
		demands = append(demands, mdConstraint(constraint))
	}
	if property.Format != "" && property.Format != "password" {
		demands = append(demands, "format "+mdCode(property.Format))
	}
	if property.Nullable {
		demands = append(demands, "may be null")
	}
	if len(demands) > 0 {
		text := strings.Join(demands, ", ")
		add(strings.ToUpper(text[:1]) + text[1:] + ".")
	}
	for _, rule := range property.Rules {
		add("Rule: " + ended(mdRule(rule)))
	}
	if property.Sensitive {
		add("*Sensitive*.")
	}
	for i := range len(parts) - 1 {
		parts[i] = ended(parts[i])
	}
	return strings.Join(parts, " ")
}

// ended ends a sentence that has no end.
func ended(sentence string) string {
	if sentence == "" || strings.ContainsAny(sentence[len(sentence)-1:], ".!?:;,*") || strings.HasSuffix(sentence, "…") {
		return sentence
	}
	return sentence + "."
}

// mdConstraint writes a constraint, in which only what constraintsOf marked is code;
// a pattern may hold marks of its own.
func mdConstraint(text string) string {
	if pattern, ok := strings.CutPrefix(text, "matches "+codeMark); ok {
		return "matches " + mdCode(strings.TrimSuffix(pattern, codeMark))
	}
	return mdText(text)
}

func (w *sectionWriter) phases(pkg *Package) {
	w.heading("Phases")
	w.paragraph("They are installed in this order, each when the objects of the one before it are available, and removed in reverse.")
	for i, phase := range pkg.Phases {
		text := fmt.Sprintf("%d. %s", i+1, mdCode(phase.Name))
		if phase.Class != "" {
			text += " by the controller " + mdCode(phase.Class)
		}
		w.out.WriteString(text + "\n")
	}
	w.out.WriteString("\n")
}

func (w *sectionWriter) images(pkg *Package) {
	if len(pkg.Images) == 0 {
		return
	}
	w.heading("Images")
	table := mdTable{heading: []string{"Name", "Image", "Locked digest"}}
	for _, image := range pkg.Images {
		table.rows = append(table.rows, []string{mdCode(image.Name), mdCode(image.Image), mdCode(image.Digest)})
	}
	table.write(&w.out)
}

func (w *sectionWriter) probes(pkg *Package) {
	if len(pkg.Probes) == 0 {
		return
	}
	w.heading("Availability")
	table := mdTable{heading: []string{"Objects", "Available when"}}
	for _, probe := range pkg.Probes {
		var checks []string
		for _, check := range probe.Checks {
			checks = append(checks, mdText(check))
		}
		table.rows = append(table.rows, []string{mdText(probe.Selects), strings.Join(checks, "<br>")})
	}
	table.write(&w.out)
}

func (w *sectionWriter) requirements(pkg *Package) {
	w.heading("Requirements")
	var scopes []string
	for _, scope := range pkg.Scopes {
		scopes = append(scopes, mdCode(string(scope)))
	}
	w.out.WriteString("- scope " + strings.Join(scopes, " or ") + "\n")
	for _, constraint := range pkg.Constraints {
		if text := DescribeConstraint(constraint); text != "" {
			w.out.WriteString("- " + mdText(text) + "\n")
		}
	}
	w.out.WriteString("\n")
}

func (w *sectionWriter) dependencies(pkg *Package) {
	if len(pkg.Dependencies) == 0 {
		return
	}
	w.heading("Dependencies")
	table := mdTable{heading: []string{"Name", "Package", "Range", "Locked version"}}
	for _, dependency := range pkg.Dependencies {
		table.rows = append(table.rows, []string{
			mdCode(dependency.Name), mdCode(dependency.Package), mdCode(dependency.Range), mdCode(dependency.Version),
		})
	}
	table.write(&w.out)
}
