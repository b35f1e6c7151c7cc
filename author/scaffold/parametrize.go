package scaffold

import (
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/podspec"
)

// parameter is a value in an object that could be configuration.
type parameter struct {
	object *object
	path   []any
	// part is the container or volume, for objects that have several.
	part     string
	property Property // without Path
}

// parametrize makes properties of what the options ask for.
func (m *maker) parametrize() {
	var sets []parameterSet
	for _, wanted := range Parameters() {
		if !slices.Contains(m.options.Parameters, wanted) || wanted == ParameterNamespace {
			continue
		}
		var found []parameter
		for _, o := range m.objects {
			if o.Template == nil {
				found = append(found, o.parameters(wanted)...)
			}
		}
		found = slices.DeleteFunc(found, func(p parameter) bool { return p.object.substituted(p.path) })
		if len(found) == 0 {
			m.decide(Decision{Topic: TopicConfig, Message: "nothing becomes a property " + string(wanted), Reason: nothingToParametrize(wanted)})
			continue
		}
		sets = append(sets, parameterSet{wanted, found})
	}
	m.addParameters(sets)
}

func nothingToParametrize(wanted Parameter) string {
	switch wanted {
	case ParameterReplicas:
		return "no Deployment, StatefulSet or ReplicaSet says a number of replicas"
	case ParameterResources:
		return "no container has resources"
	case ParameterStorage:
		return "there is no persistent volume claim"
	case ParameterHost:
		return "no Ingress or route has a host name"
	default:
		return "no workload has one"
	}
}

func (o *object) parameters(wanted Parameter) []parameter {
	switch wanted {
	case ParameterReplicas:
		return o.replicaParameters()
	case ParameterImage, ParameterResources:
		return o.containerParameters(wanted)
	case ParameterStorage:
		return o.storageParameters()
	case ParameterHost:
		return o.hostParameters()
	}
	return nil
}

func (o *object) replicaParameters() []parameter {
	if o.kind.group != "apps" || !slices.Contains([]string{"Deployment", "StatefulSet", "ReplicaSet"}, o.kind.kind) {
		return nil
	}
	replicas, ok := lookup(o.Content, "spec", "replicas")
	number, isNumber := replicas.(int64)
	if !ok || !isNumber {
		return nil
	}
	return []parameter{{
		object: o, path: []any{"spec", "replicas"},
		property: Property{
			Schema:  map[string]any{"type": "integer", "minimum": min(number, 1)},
			Default: number, Description: fmt.Sprintf("Number of pods of the %s %s.", o.kind.kind, o.name()),
		},
	}}
}

func (o *object) containerParameters(wanted Parameter) []parameter {
	pod, ok := podspec.Of(o.kind.group, o.kind.kind, o.Content)
	if !ok {
		return nil
	}
	var found []parameter
	for _, container := range pod.Containers() {
		name, _ := container.Fields["name"].(string)
		value, ok := container.Fields[string(wanted)]
		if !ok {
			continue
		}
		p := parameter{object: o, path: append(slices.Clone(container.Path), string(wanted)), part: name}
		p.property.Default = value
		switch value := value.(type) {
		case string:
			if value == "" {
				continue
			}
			p.property.Schema = map[string]any{"type": "string", "minLength": int64(1)}
			p.property.Description = fmt.Sprintf("Image of the container %s of the %s %s.", name, o.kind.kind, o.name())
		case map[string]any:
			if len(value) == 0 {
				continue
			}
			p.property.Schema = resourcesSchema(value)
			p.property.Description = fmt.Sprintf("Resources of the container %s of the %s %s.", name, o.kind.kind, o.name())
		default:
			continue
		}
		found = append(found, p)
	}
	return found
}

// resourcesSchema is that of the field resources of containers.
func resourcesSchema(value map[string]any) map[string]any {
	quantities := func(key, description string) map[string]any {
		return map[string]any{"type": "object", "description": description, "additionalProperties": quantitySchema(value[key])}
	}
	properties := map[string]any{
		"requests": quantities("requests", "What the container is sure to get."),
		"limits":   quantities("limits", "What the container cannot exceed."),
	}
	if _, ok := value["claims"]; ok {
		text := func(description string) map[string]any {
			return map[string]any{"type": "string", "description": description}
		}
		properties["claims"] = map[string]any{"type": "array", "description": "Claims of the pod that the container uses.", "items": map[string]any{
			"type": "object", "required": []any{"name"},
			"properties": map[string]any{"name": text("Name of the claim."), "request": text("Part of the claim.")},
		}}
	}
	return map[string]any{"type": "object", "properties": properties}
}

// quantitySchema is that of quantities like those given, one or a mapping of them. Most are
// integers or text; "cpu: 0.5" is neither, and structural schemas have no word for it.
func quantitySchema(given any) map[string]any {
	found := false
	if values, ok := given.(map[string]any); ok {
		for _, value := range values {
			_, isFloat := value.(float64)
			found = found || isFloat
		}
	}
	if _, isFloat := given.(float64); found || isFloat {
		return map[string]any{"x-kubernetes-preserve-unknown-fields": true}
	}
	return map[string]any{"x-kubernetes-int-or-string": true}
}

func (o *object) storageParameters() []parameter {
	if o.kind == (groupKind{"", "PersistentVolumeClaim"}) {
		return o.storageAt([]any{"spec"}, "")
	}
	templates, _ := lookup(o.Content, "spec", "volumeClaimTemplates")
	list, _ := templates.([]any)
	var found []parameter
	for i := range list {
		name, _ := lookup(list[i], "metadata", "name")
		text, _ := name.(string)
		found = append(found, o.storageAt([]any{"spec", "volumeClaimTemplates", i, "spec"}, text)...)
	}
	return found
}

func (o *object) storageAt(spec []any, part string) []parameter {
	path := append(spec, "resources", "requests", "storage")
	size, ok := lookup(o.Content, path...)
	if !ok {
		return nil
	}
	return []parameter{{
		object: o, path: path, part: part,
		property: Property{
			Schema: quantitySchema(size), Default: size,
			Description: strings.Replace(fmt.Sprintf("Size of the volume %s of the %s %s.", part, o.kind.kind, o.name()), "volume  of the ", "", 1),
		},
	}}
}

func (o *object) hostParameters() []parameter {
	var places [][]any
	switch {
	case o.kind.kind == "Ingress":
		places = append(places, hostsIn(o.Content, []any{"spec", "rules"}, "host")...)
		tls, _ := lookup(o.Content, "spec", "tls")
		list, _ := tls.([]any)
		for i := range list {
			places = append(places, hostsIn(o.Content, []any{"spec", "tls", i, "hosts"}, "")...)
		}
	case o.kind == (groupKind{"route.openshift.io", "Route"}):
		if _, ok := lookup(o.Content, "spec", "host"); ok {
			places = append(places, []any{"spec", "host"})
		}
	case o.kind.group == "gateway.networking.k8s.io":
		places = append(places, hostsIn(o.Content, []any{"spec", "hostnames"}, "")...)
	}
	var found []parameter
	for _, path := range places {
		host, _ := lookup(o.Content, path...)
		text, ok := host.(string)
		if !ok || text == "" {
			continue
		}
		found = append(found, parameter{
			object: o, path: path,
			property: Property{
				Schema:  map[string]any{"type": "string", "minLength": int64(1), "maxLength": int64(253)},
				Default: text, Description: fmt.Sprintf("Host name of the %s %s.", o.kind.kind, o.name()),
			},
		})
	}
	return found
}

// hostsIn returns the places of host names in a list of texts, or of mappings with a key.
func hostsIn(content map[string]any, path []any, key string) [][]any {
	value, _ := lookup(content, path...)
	list, _ := value.([]any)
	var places [][]any
	for i := range list {
		place := append(slices.Clone(path), i)
		if key != "" {
			place = append(place, key)
		}
		if _, ok := lookup(content, place...); ok {
			places = append(places, place)
		}
	}
	return places
}
