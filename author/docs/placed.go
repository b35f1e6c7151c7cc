package docs

import (
	"context"
	"strings"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/packagetypes"
)

// What an instance is called when its objects are asked whether they carry its name,
// and what stands in documents for it. No package has these names by chance.
const (
	probeName, probeNamespace             = "zq-instance-zq", "zq-namespace-zq"
	namePlaceholder, namespacePlaceholder = "<name>", "<namespace>"
)

var placeholders = strings.NewReplacer(probeName, namePlaceholder, probeNamespace, namespacePlaceholder)

// placed is an object of one case.
type placed struct {
	phase string
	packagetypes.Object
	// named is the same object where the instance has the names of the probe, or the
	// object itself where that cannot be told.
	named packagetypes.Object
}

func (p placed) name() string {
	name := withPlaceholders(p.named.Name(), p.Name())
	if name == "" {
		metadata, _ := p.named.Content()["metadata"].(map[string]any)
		if generated, ok := metadata["generateName"].(string); ok {
			return placeholders.Replace(generated) + "*"
		}
	}
	return name
}

func (p placed) namespace() string { return withPlaceholders(p.named.Namespace(), p.Namespace()) }

// withPlaceholders returns the text with placeholders where it has names of the
// probe. Where it depends on them in another way, such as by a hash, it is the
// original.
func withPlaceholders(text, original string) string {
	if replaced := placeholders.Replace(text); replaced != text {
		return replaced
	}
	return original
}

// placeAll returns the objects of each case, in order. Each case is rendered once more
// with names of a probe: only so it is known which names come from the instance, and
// which ones the package has by itself.
func placeAll(ctx context.Context, suite *matrix.Suite, rendered []matrix.Rendered) ([][]placed, error) {
	all := make([][]placed, len(rendered))
	for i, r := range rendered {
		probe := r.Case.Context
		probe.Package.Metadata.Name = probeName
		if r.Instance.Namespace != "" {
			probe.Package.Metadata.Namespace = probeNamespace
		}
		named, err := suite.Renderer.Render(ctx, probe)
		if err != nil && ctx.Err() != nil {
			return nil, err
		}
		all[i] = place(r.Instance, named)
	}
	return all, nil
}

// place puts objects and those of the probe side by side; named may be nil.
func place(instance, named *packagetypes.Instance) []placed {
	var objects []placed
	for phase, object := range instance.Objects() {
		objects = append(objects, placed{phase: phase.Name, Object: object, named: object})
	}
	if named == nil {
		return objects
	}
	i := 0
	for phase, object := range named.Objects() {
		if i == len(objects) || phase.Name != objects[i].phase || object.GroupVersionKind() != objects[i].GroupVersionKind() {
			return literal(objects)
		}
		objects[i].named = object
		i++
	}
	if i < len(objects) {
		return literal(objects)
	}
	return objects
}

// literal gives up on the probe: the name of the instance changes which objects
// there are.
func literal(objects []placed) []placed {
	for i := range objects {
		objects[i].named = objects[i].Object
	}
	return objects
}
