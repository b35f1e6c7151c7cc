package coverage

import (
	"encoding/json"
	"reflect"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/schema"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
)

// property is a property of the configuration that holds no other properties.
type property struct {
	path       template.Path // config, …
	field      string
	position   diagnostic.Position
	hasDefault bool
	// defaults is the value that it has where nobody sets it.
	defaults any
}

// propertiesOf returns the properties of a package, in the order of their names.
func propertiesOf(renderer *packageloader.Renderer) []property {
	pkg := renderer.Package()
	content := pkg.Manifest.Spec.Config.OpenAPIV3Schema
	if content == nil {
		return nil
	}
	root, found := schema.Parse(content, schema.NewPath())
	if found.HasErrors() {
		return nil // it would not have been compiled
	}
	// What a configuration holds without anybody setting it; where something is
	// required, the defaults stand in the schema only.
	defaults, _ := renderer.ConfigSchema().Admit(nil, packagetypes.RejectUnknownConfig)
	data, _ := pkg.Files.Read(pkg.ManifestPath)
	w := &propertyWalker{defaults: defaults, locator: manifest.NewLocator(pkg.ManifestPath, data)}
	w.walk(root, template.Path{"config"}, []any{"spec", "config", "openAPIV3Schema"})
	return w.properties
}

type propertyWalker struct {
	properties []property
	defaults   map[string]any
	locator    *manifest.Locator
}

func (w *propertyWalker) walk(node *schema.Schema, path template.Path, field []any) {
	inner := false
	for _, name := range node.PropertyNames() {
		inner = true
		w.walk(node.Properties[name], append(slices.Clone(path), name), append(slices.Clone(field), "properties", name))
	}
	if node.Items != nil && node.Items.Type == "object" {
		inner = true
		w.walk(node.Items, append(slices.Clone(path), template.AnyElement), append(slices.Clone(field), "items"))
	}
	if node.AdditionalProperties != nil && node.AdditionalProperties.Schema != nil && node.AdditionalProperties.Schema.Type == "object" {
		inner = true
		w.walk(node.AdditionalProperties.Schema, append(slices.Clone(path), template.AnyElement), append(slices.Clone(field), "additionalProperties"))
	}
	if inner || len(path) == 1 {
		return
	}
	p := property{path: path, field: diagnostic.FieldPath(field...), defaults: node.Default, hasDefault: node.Default != nil}
	if w.defaults != nil && !slices.Contains(path, template.AnyElement) {
		if values := valuesAt(w.defaults, path[1:]); len(values) == 1 {
			p.defaults, p.hasDefault = values[0], true
		}
	}
	p.defaults = plain(p.defaults)
	p.position = w.locator.Position(p.field)
	w.properties = append(w.properties, p)
}

// valuesAt returns the values at a path, of which there may be several where it
// goes through lists and maps.
func valuesAt(value any, path template.Path) []any {
	if len(path) == 0 {
		return []any{value}
	}
	var values []any
	switch container := value.(type) {
	case map[string]any:
		if path[0] != template.AnyElement {
			if inner, ok := container[path[0]]; ok {
				return valuesAt(inner, path[1:])
			}
			return nil
		}
		for _, inner := range container {
			values = append(values, valuesAt(inner, path[1:])...)
		}
	case []any:
		if path[0] == template.AnyElement {
			for _, inner := range container {
				values = append(values, valuesAt(inner, path[1:])...)
			}
		}
	}
	return values
}

// plain returns a value as JSON reads it, so that numbers can be compared.
func plain(value any) any {
	data, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	var read any
	if json.Unmarshal(data, &read) != nil {
		return nil
	}
	return read
}

// variedProperties returns the properties that a configuration sets to something
// else than their default.
func variedProperties(properties []property, config map[string]any) map[int]bool {
	varied := map[int]bool{}
	given := plain(config)
	for i, p := range properties {
		varied[i] = slices.ContainsFunc(valuesAt(given, p.path[1:]), func(value any) bool {
			return value != nil && (!p.hasDefault || !reflect.DeepEqual(value, p.defaults))
		})
		if !varied[i] {
			delete(varied, i)
		}
	}
	return varied
}

func (r *Recorder) addProperties(p *Package) {
	references := r.renderer.References()
	reads := make([][]template.Reference, len(p.Cases))
	for i, name := range p.Cases {
		reads[i] = distinct(r.cases[name].coverage.Reads())
	}
	for number, declared := range r.properties {
		counted := Property{
			Path: declared.path.String(), Field: declared.field, Position: declared.position,
			Used: references.Uses(declared.path) || len(references.Unknown) > 0,
		}
		for i, name := range p.Cases {
			if slices.ContainsFunc(reads[i], func(read template.Reference) bool { return read.Uses(declared.path) }) {
				counted.ReachedBy = append(counted.ReachedBy, i)
			}
			if r.cases[name].varied[number] {
				counted.VariedBy = append(counted.VariedBy, i)
			}
		}
		p.Properties = append(p.Properties, counted)
	}
	slices.SortFunc(p.Properties, compareProperties)
}

// distinct returns references without those that say nothing new.
func distinct(references []template.Reference) []template.Reference {
	type key struct {
		path  string
		whole bool
	}
	seen := map[key]bool{}
	return slices.DeleteFunc(references, func(r template.Reference) bool {
		k := key{r.Path.String(), r.Whole}
		known := seen[k]
		seen[k] = true
		return known
	})
}
