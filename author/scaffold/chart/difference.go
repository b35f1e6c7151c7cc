package chart

import (
	"fmt"
	"reflect"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// difference says where the objects of a package and of the chart are not the same, or
// returns "".
func (p *proof) difference(want []Object, instance *packagetypes.Instance, values assignment) string {
	namespace := p.importer.options.Namespace
	for i, parameter := range p.parameters {
		if parameter.expression == namespaceExpression {
			namespace, _ = values[i].(string)
		}
	}
	images := p.locked()
	title := func(content map[string]any) string {
		version, _ := content["apiVersion"].(string)
		return version + " " + scaffold.Title(content)
	}
	rendered := map[string]map[string]any{}
	for _, object := range instance.Objects() {
		content, _ := withoutNulls(object.DeepCopy()).(map[string]any)
		p.strip(content, namespace)
		content, _ = replacedTexts(content, images).(map[string]any)
		rendered[title(content)] = content
	}
	wanted := map[string]map[string]any{}
	for _, object := range want {
		content, _ := withoutNulls(object.Content).(map[string]any)
		p.strip(content, namespace)
		wanted[title(content)] = content
	}
	for _, name := range sortedKeys(wanted) {
		got, ok := rendered[name]
		if !ok {
			return "the package has no " + name
		}
		delete(rendered, name)
		if place, differs := firstDifference(wanted[name], got); differs {
			return fmt.Sprintf("%s: %s", name, place)
		}
	}
	for _, name := range sortedKeys(rendered) {
		return "the package has " + name + ", and the chart has not"
	}
	return ""
}

// locked are the texts of pinned images, and what they were.
func (p *proof) locked() map[string]string {
	pkg := p.result.Renderer().Package()
	pinned, _ := packageloader.LockedImages(pkg)
	images := map[string]string{}
	for _, image := range pkg.Manifest.Spec.Images {
		images[pinned[image.Name]] = image.Image
	}
	return images
}

func replacedTexts(value any, texts map[string]string) any {
	switch value := value.(type) {
	case string:
		if text, ok := texts[value]; ok {
			return text
		}
	case map[string]any:
		for key, below := range value {
			value[key] = replacedTexts(below, texts)
		}
	case []any:
		for i, item := range value {
			value[i] = replacedTexts(item, texts)
		}
	}
	return value
}

// strip takes away what a package adds to all objects, and checksums.
func (p *proof) strip(content map[string]any, namespace string) {
	metadata, _ := content["metadata"].(map[string]any)
	if metadata["namespace"] == namespace {
		delete(metadata, "namespace")
	}
	if labels, ok := metadata["labels"].(map[string]any); ok {
		delete(labels, "package-operator.run/package")
		delete(labels, "package-operator.run/instance")
	}
	for _, field := range []string{"labels", "annotations"} {
		if entries, ok := metadata[field].(map[string]any); ok && len(entries) == 0 {
			delete(metadata, field)
		}
	}
	for _, o := range p.objects {
		if place := o.tree.place(checksumNode); place != nil && o.tree.at("kind").identity() == content["kind"] {
			removeAt(content, place)
		}
	}
}

// removeAt takes away an entry of nested mappings.
func removeAt(content map[string]any, place []any) {
	for i, step := range place {
		key, _ := step.(string)
		if i == len(place)-1 {
			delete(content, key)
			return
		}
		below, ok := content[key].(map[string]any)
		if !ok {
			return
		}
		content = below
	}
}

// firstDifference describes the first place where an object is not what it should be.
func firstDifference(want, got map[string]any) (string, bool) {
	place := ""
	differing(want, got, nil, func(path []any, value any) {
		if place == "" {
			place = fmt.Sprintf("%s is not %s", diagnostic.FieldPath(path...), brief(value))
		}
	})
	return place, place != "" || !reflect.DeepEqual(want, got)
}
