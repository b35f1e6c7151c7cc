package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/manifest"
)

// printInspection writes an inspection for people.
func printInspection(w io.Writer, found *inspection) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name string, values ...string) {
		for i, value := range values {
			if i > 0 {
				name = ""
			} else {
				name += ":"
			}
			fmt.Fprintf(table, "%s\t%s\n", name, printable(value))
		}
	}
	optional := func(name, value string) {
		if value != "" {
			row(name, value)
		}
	}
	row("Name", found.Name)
	optional("Component", found.Component)
	optional("Reference", found.Reference)
	optional("Image digest", found.ImageDigest)
	optional("Content digest", found.ContentDigest)
	if found.Image != nil {
		layers := fmt.Sprintf("%d layers", found.Image.Layers)
		if found.Image.Layers == 1 {
			layers = "1 layer"
		}
		row("Image size", byteSize(found.Image.Bytes)+" in "+layers)
	}
	if found.Files != nil {
		row("Files", fmt.Sprintf("%d, %s", found.Files.Count, byteSize(found.Files.Bytes)))
	}
	row("Scopes", joined(found.Scopes, func(scope manifest.Scope) string { return string(scope) }))
	row("Phases", joined(found.Phases, describePhase))
	optional("Components", strings.Join(found.Components, ", "))
	row("Images", each(found.Images, describeImage)...)
	row("Dependencies", each(found.Dependencies, describeDependency)...)
	row("Constraints", each(found.Constraints, docs.DescribeConstraint)...)
	row("Annotations", pairs(found.Annotations)...)
	if found.Image != nil {
		row("Image annotations", pairs(found.Image.Annotations)...)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return printProperties(w, found.Config)
}

func printProperties(w io.Writer, properties []docs.Property) error {
	if len(properties) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(w, "Configuration:"); err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, property := range properties {
		note := ""
		switch {
		case property.Required:
			note = "required"
		case property.Default != nil:
			text, err := json.Marshal(property.Default)
			if err != nil {
				return err
			}
			note = "default " + string(text)
		}
		description, _, _ := strings.Cut(property.Description, "\n")
		line := fmt.Sprintf("  %s\t%s\t%s\t%s", printable(property.Path), printable(property.Type), printable(note), printable(description))
		if _, err := fmt.Fprintln(table, strings.TrimRight(line, "\t ")); err != nil {
			return err
		}
	}
	return table.Flush()
}

func each[T any](items []T, describe func(T) string) []string {
	var texts []string
	for _, item := range items {
		texts = append(texts, describe(item))
	}
	return texts
}

func joined[T any](items []T, describe func(T) string) string {
	return strings.Join(each(items, describe), ", ")
}

func pairs(values map[string]string) []string {
	return each(slices.Sorted(maps.Keys(values)), func(key string) string { return key + "=" + values[key] })
}

func describePhase(phase manifest.Phase) string {
	if phase.Class == "" {
		return phase.Name
	}
	return phase.Name + " (class " + phase.Class + ")"
}

func describeImage(image inspectedReference) string {
	if image.Locked == "" {
		return image.Name + " = " + image.Image
	}
	return image.Name + " = " + image.Image + " (" + image.Locked + ")"
}

func describeDependency(dependency manifest.Dependency) string {
	if dependency.Image == nil {
		return ""
	}
	return dependency.Image.Name + " = " + dependency.Image.Package + " " + dependency.Image.Range
}
