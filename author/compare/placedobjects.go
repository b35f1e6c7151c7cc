package compare

import (
	"maps"
	"strconv"

	"github.com/packstage/packstage/packagetypes"
)

// objectKey tells objects apart, whatever their version.
type objectKey struct{ group, kind, namespace, name string }

// placedObject is an object with its phase.
type placedObject struct {
	key    objectKey
	phase  string
	object packagetypes.Object
	// fields are those of the object, without the namespace where it is that of the
	// instance.
	fields map[string]any
	// generated is set where the API server makes the name.
	generated bool
}

func (p *placedObject) content() map[string]any { return p.fields }

// placedObjects are the objects of a render by key, and in order.
type placedObjects struct {
	byKey   map[objectKey]*placedObject
	ordered []*placedObject
}

// movedGroups are the groups that Kubernetes' first kinds have moved to: an object is
// the same in both.
var movedGroups = map[string]string{
	"Deployment": "apps", "DaemonSet": "apps", "ReplicaSet": "apps",
	"Ingress": "networking.k8s.io", "NetworkPolicy": "networking.k8s.io",
}

// placeObjects puts objects under their keys. An object that names the namespace
// of the instance, "" where it has none, is the same as one that names none.
func placeObjects(phases []packagetypes.Phase, namespace string) placedObjects {
	placed := placedObjects{byKey: map[objectKey]*placedObject{}}
	for _, phase := range phases {
		for _, object := range phase.Objects {
			gvk := object.GroupVersionKind()
			key := objectKey{gvk.Group, gvk.Kind, object.Namespace(), object.Name()}
			if moved := movedGroups[key.kind]; key.group == "extensions" && moved != "" {
				key.group = moved
			}
			one := &placedObject{phase: phase.Name, object: object, fields: object.Content()}
			if key.namespace != "" && key.namespace == namespace {
				key.namespace = ""
				one.fields = withoutNamespace(one.fields)
			}
			one.key = key
			if key.name == "" { // only a generateName: they go by their order
				one.generated = true
				key.name = textAt(object.Content(), "metadata", "generateName") + "*"
			}
			for n := 2; placed.byKey[key] != nil; n++ {
				key.name = one.key.name + "*" + strconv.Itoa(n)
			}
			one.key = key
			placed.byKey[key] = one
			placed.ordered = append(placed.ordered, one)
		}
	}
	return placed
}

func withoutNamespace(content map[string]any) map[string]any {
	content = maps.Clone(content)
	metadata := maps.Clone(mapAt(content, "metadata"))
	delete(metadata, "namespace")
	content["metadata"] = metadata
	return content
}

// contents are the fields of all objects, in order.
func (p placedObjects) contents() []map[string]any {
	all := make([]map[string]any, 0, len(p.ordered))
	for _, one := range p.ordered {
		all = append(all, one.content())
	}
	return all
}
