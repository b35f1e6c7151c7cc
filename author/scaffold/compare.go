package scaffold

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/schema"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// labelPackage and labelInstance are set by rendering.
const (
	labelPackage  = "package-operator.run/package"
	labelInstance = "package-operator.run/instance"
)

// compare finds what the package renders to with its defaults and the input does not
// have, and the other way round.
func (m *maker) compare(renderer *packageloader.Renderer, instance *packagetypes.Instance) (found diagnostic.Diagnostics, same int) {
	locked, _ := packageloader.LockedImages(renderer.Package())
	images := map[string]string{} // by the expressions that read them
	for name, image := range locked {
		images[fieldExpression(".images", []string{name})] = image
	}
	type identity struct {
		kind            groupKind
		namespace, name string
	}
	rendered := map[identity][]packagetypes.Object{}
	for _, object := range instance.Objects() {
		kind := object.GroupVersionKind()
		id := identity{groupKind{kind.Group, kind.Kind}, object.Namespace(), object.Name()}
		rendered[id] = append(rendered[id], object)
	}
	for _, o := range m.objects {
		want := plainObject(o.withDefaults(o.expected(images)))
		id := identity{o.kind, o.namespace(), o.name()}
		if len(rendered[id]) == 0 {
			if o.Condition == "" && o.Template == nil {
				found = append(found, o.finding(diagnostic.ImportDiffers, fmt.Sprintf("the package does not render %s", o.title()), ""))
			}
			continue
		}
		got := plainObject(rendered[id][0].DeepCopy())
		rendered[id] = rendered[id][1:]
		for _, s := range o.Substitutions {
			if s.Free {
				remove(want, s.Path)
				remove(got, s.Path)
			}
		}
		if path, differs := difference(want, got, nil); differs {
			wanted, _ := lookup(want, path...)
			rendered, _ := lookup(got, path...)
			found = append(found, o.finding(diagnostic.ImportDiffers,
				fmt.Sprintf("%s renders to another object: %s is %s, not %s", o.title(), diagnostic.FieldPath(path...), brief(rendered), brief(wanted)), ""))
			continue
		}
		same++
	}
	return found, same
}

func brief(value any) string {
	text := fmt.Sprintf("%v", value)
	if len(text) > 80 {
		text = text[:80] + "..."
	}
	return text
}

// expected is the object as rendering should give it.
func (o *object) expected(images map[string]string) map[string]any {
	want := schema.DeepCopy(o.Content).(map[string]any)
	for _, s := range o.Substitutions {
		if len(s.Parts) != 1 {
			continue
		}
		if image, ok := images[s.Parts[0].Expression]; ok && s.Parts[0].Expression != "" {
			replace(want, s.Path, image)
		}
	}
	if labels, ok := lookup(want, "metadata", "annotations"); ok {
		if annotations, ok := labels.(map[string]any); ok {
			delete(annotations, phaseAnnotation)
			delete(annotations, conditionAnnotation)
		}
	}
	return plainObject(want)
}

// plainObject takes away what rendering adds and what means nothing: the two labels,
// and labels or annotations without entries.
func plainObject(content map[string]any) map[string]any {
	metadata, _ := content["metadata"].(map[string]any)
	if labels, ok := metadata["labels"].(map[string]any); ok {
		delete(labels, labelPackage)
		delete(labels, labelInstance)
	}
	for _, field := range []string{"labels", "annotations"} {
		if entries, ok := metadata[field].(map[string]any); ok && len(entries) == 0 || metadata[field] == nil {
			delete(metadata, field)
		}
	}
	return content
}

// difference returns the path of the first value in which two objects differ.
func difference(a, b any, path []any) ([]any, bool) {
	switch a := a.(type) {
	case map[string]any:
		other, ok := b.(map[string]any)
		if !ok {
			return path, true
		}
		keys := maps.Clone(a)
		maps.Copy(keys, other)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			_, inA := a[key]
			_, inB := other[key]
			below := append(slices.Clone(path), key)
			if inA != inB {
				return below, true
			}
			if at, differs := difference(a[key], other[key], below); differs {
				return at, true
			}
		}
		return nil, false
	case []any:
		other, ok := b.([]any)
		if !ok || len(a) != len(other) {
			return path, true
		}
		for i := range a {
			if at, differs := difference(a[i], other[i], append(slices.Clone(path), i)); differs {
				return at, true
			}
		}
		return nil, false
	default:
		return path, !reflect.DeepEqual(wholeNumber(a), wholeNumber(b))
	}
}

// wholeNumber returns floats without fraction as integers, as they are read.
func wholeNumber(value any) any {
	if number, ok := value.(float64); ok && number == math.Trunc(number) && math.Abs(number) < 1<<53 {
		return int64(number)
	}
	return value
}
