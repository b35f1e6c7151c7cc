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
		entry.Schema = newSchemaConverter(pkg.Properties).convert(pkg.Schema, "", false)
	}
	for _, property := range part.Properties {
		entry.Entries = append(entry.Entries, searchEntry{property.ID, property.Path, "Property", property.Description})
	}
	for _, image := range part.Images {
		entry.Entries = append(entry.Entries, searchEntry{image.ID, image.Name, "Image", image.Image.Image})
	}
	for _, section := range part.Sections {
		entry.Entries = append(entry.Entries, searchEntry{section.ID, section.Title, "Section", ""})
	}
	for _, c := range pkg.Cases {
		one := caseEntry{Phases: []phaseEntry{}}
		for _, phase := range c.Instance.Phases {
			printed := phaseEntry{Name: phase.Name, Class: phase.Class, Objects: []objectEntry{}}
			for _, object := range phase.Objects {
				content, err := contents.add(object)
				if err != nil {
					return entry, err
				}
				name := object.Name()
				if name == "" {
					metadata, _ := object.Content()["metadata"].(map[string]any)
					generated, _ := metadata["generateName"].(string)
					name = generated + "*"
				}
				printed.Objects = append(printed.Objects, objectEntry{
					Kind: object.GroupVersionKind().Kind, Namespace: object.Namespace(), Name: name, File: object.Source().File, Content: content,
				})
			}
			one.Phases = append(one.Phases, printed)
		}
		entry.Cases = append(entry.Cases, one)
	}
	return entry, nil
}

// contentIndex holds each text once.
type contentIndex struct {
	list  *[]string
	known map[string]int
}

func (x contentIndex) add(object packagetypes.Object) (int, error) {
	written, err := objectyaml.Marshal(object.Content())
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
