package page

import (
	"fmt"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/internal/objectyaml"
	"github.com/packstage/packstage/packagetypes"
)

// maxObjectBytes is how much of one object a page shows; definitions of large
// resources are the objects that have more.
const maxObjectBytes = 256 << 10

// packageData is what the program of the page reads.
type packageData struct {
	Packages []packageEntry `json:"packages"`
	// Contents are objects as YAML, each once, whatever test cases have it.
	Contents []string `json:"contents"`
}

type packageEntry struct {
	Component string        `json:"component,omitempty"`
	Schema    *formSchema   `json:"schema,omitempty"`
	Entries   []searchEntry `json:"entries"`
	Cases     []caseEntry   `json:"cases"`
}

type searchEntry struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	What  string `json:"what"`
	About string `json:"about"`
	// Also is found and not shown.
	Also string `json:"also,omitempty"`
}

type caseEntry struct {
	Phases []phaseEntry `json:"phases"`
}

type phaseEntry struct {
	Name    string        `json:"name"`
	Class   string        `json:"class,omitempty"`
	Objects []objectEntry `json:"objects"`
}

type objectEntry struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	File      string `json:"file"`
	Content   int    `json:"content"`
}

func newPackageEntry(pkg *docs.Package, part partView, contents contentIndex) (packageEntry, error) {
	entry := packageEntry{Component: pkg.Component, Entries: []searchEntry{}, Cases: []caseEntry{}}
	if len(pkg.Properties) > 0 {
		entry.Schema = newSchemaConverter(pkg.Properties).convert(pkg.Schema, "", place{})
	}
	entry.Entries = searchEntries(pkg, part)
	for _, c := range pkg.Cases {
		one := caseEntry{Phases: []phaseEntry{}}
		for _, phase := range c.Instance.Phases {
			printed := phaseEntry{Name: phase.Name, Class: phase.Class, Objects: []objectEntry{}}
			for _, object := range phase.Objects {
				content, err := contents.add(object, pkg.Masked(c, object))
				if err != nil {
					return entry, err
				}
				printed.Objects = append(printed.Objects, objectEntry{
					Kind: object.GroupVersionKind().Kind, Namespace: object.Namespace(), Name: nameOf(object), File: object.Source().File, Content: content,
				})
			}
			one.Phases = append(one.Phases, printed)
		}
		entry.Cases = append(entry.Cases, one)
	}
	return entry, nil
}

// searchEntries are what the search finds beside objects.
func searchEntries(pkg *docs.Package, part partView) []searchEntry {
	var entries []searchEntry
	if pkg.Component != "" {
		entries = append(entries, searchEntry{ID: part.ID, Title: pkg.Component, What: "Component", About: pkg.Description})
	}
	for _, property := range part.Properties {
		also := property.Title
		for _, value := range property.Enum {
			also += " " + docs.ValueText(value)
		}
		entries = append(entries, searchEntry{property.ID, property.Path, "Property", property.Description, also})
	}
	for _, image := range part.Images {
		entries = append(entries, searchEntry{image.ID, image.Name, "Image", image.Image.Image, image.Digest})
	}
	for _, dependency := range pkg.Dependencies {
		entries = append(entries, searchEntry{part.At["dependencies"], dependency.Name, "Dependency", dependency.Package, dependency.Digest})
	}
	for _, section := range part.Sections {
		entries = append(entries, searchEntry{ID: section.ID, Title: section.Title, What: "Section"})
	}
	return entries
}

// nameOf is the name of an object, or what it is generated from.
func nameOf(object packagetypes.Object) string {
	if name := object.Name(); name != "" {
		return name
	}
	metadata, _ := object.Content()["metadata"].(map[string]any)
	generated, _ := metadata["generateName"].(string)
	return generated + "*"
}

// contentIndex holds each text once.
type contentIndex struct {
	list  *[]string
	known map[string]int
}

func (x contentIndex) add(object packagetypes.Object, content map[string]any) (int, error) {
	written, err := objectyaml.Marshal(content)
	if err != nil {
		return 0, fmt.Errorf("write %s %s as YAML: %w", object.GroupVersionKind().Kind, object.Name(), err)
	}
	text := string(written)
	if len(text) > maxObjectBytes {
		text = fmt.Sprintf("%s\n# … %d more bytes are not shown here\n", text[:maxObjectBytes], len(text)-maxObjectBytes)
	}
	if i, ok := x.known[text]; ok {
		return i, nil
	}
	x.known[text] = len(*x.list)
	*x.list = append(*x.list, text)
	return x.known[text], nil
}
