package docs

import (
	"fmt"
	"strings"
)

func (w *sectionWriter) objects(pkg *Package) {
	if len(pkg.Cases) == 0 {
		return
	}
	w.heading("Objects")
	if len(pkg.Objects) == 0 {
		w.paragraph("The package makes no objects.")
		return
	}
	table := mdTable{heading: []string{"Phase", "Kind", "Name", "When"}}
	placeholder, conditional := false, false
	for _, object := range pkg.Objects {
		name := object.Name
		if object.Namespace != "" {
			name = object.Namespace + "/" + name
		}
		placeholder = placeholder || strings.Contains(name, namePlaceholder) || strings.Contains(name, namespacePlaceholder)
		conditional = conditional || object.Conditional
		table.rows = append(table.rows, []string{
			mdCode(object.Phase), mdEscape(groupKind(object.Group, object.Kind)), mdCode(name), mdWhen(object, len(pkg.Cases)),
		})
	}
	if placeholder {
		w.paragraph("`" + namePlaceholder + "` and `" + namespacePlaceholder + "` are those of the instance.")
	}
	table.write(&w.out)
	if conditional && len(pkg.Conditions) > 0 {
		w.conditions(pkg)
	}
}

// mdWhen says when an object is there; nothing where it always is.
func mdWhen(object Object, cases int) string {
	switch {
	case object.Condition != "":
		return mdCode(object.Condition)
	case object.Conditional:
		return fmt.Sprintf("in %d of %d test cases", len(object.Cases), cases)
	default:
		return ""
	}
}

func (w *sectionWriter) conditions(pkg *Package) {
	var lines []string
	for _, condition := range pkg.Conditions {
		if condition.Name != "" {
			lines = append(lines, "- "+mdCode("cond."+condition.Name)+" is "+mdCode(strings.Join(strings.Fields(condition.Expression), " ")))
		}
	}
	if len(lines) > 0 {
		w.paragraph("Conditions:")
		w.paragraph(strings.Join(lines, "\n"))
	}
}

func (w *sectionWriter) permissions(pkg *Package) {
	if len(pkg.Permissions) == 0 {
		return
	}
	w.heading("Permissions")
	table := mdTable{heading: []string{"Who", "Where", "May", "Note"}}
	for _, permission := range pkg.Permissions {
		table.rows = append(table.rows, []string{
			mdText(WhoText(permission)), mdText(permission.Where), mdText(permission.May), mdText(NoteText(permission, len(pkg.Cases))),
		})
	}
	table.write(&w.out)
}

// WhoText says who has a permission, in words.
func WhoText(permission Permission) string {
	if len(permission.Subjects) == 0 {
		return "whoever is bound to " + code(permission.Role)
	}
	return joinWords(permission.Subjects)
}

// NoteText says what is special about a permission, of a package with so many test
// cases; it may be empty.
func NoteText(permission Permission, cases int) string {
	var parts []string
	if permission.Remark != "" {
		parts = append(parts, permission.Remark)
	}
	if permission.Conditional {
		parts = append(parts, fmt.Sprintf("in %d of %d test cases", len(permission.Cases), cases))
	}
	return strings.Join(parts, "; ")
}
