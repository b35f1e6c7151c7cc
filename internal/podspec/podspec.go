// Package podspec finds pods, their containers and the images that they run in
// Kubernetes objects of any kind.
package podspec

import (
	"maps"
	"slices"
)

// Pod is the specification of the pods that an object makes.
type Pod struct {
	// Path is that of the specification in the object.
	Path []any
	// Spec is the specification, a part of the object.
	Spec map[string]any
	// Template is the pod template with its metadata; for a Pod the object itself.
	Template map[string]any
}

// templates says where objects of a kind have their pod template; of a Pod, it is
// the object.
var templates = map[[2]string][]string{
	{"", "Pod"}:                   {},
	{"", "ReplicationController"}: {"spec", "template"},
	{"", "PodTemplate"}:           {"template"},
	{"apps", "Deployment"}:        {"spec", "template"},
	{"apps", "StatefulSet"}:       {"spec", "template"},
	{"apps", "DaemonSet"}:         {"spec", "template"},
	{"apps", "ReplicaSet"}:        {"spec", "template"},
	{"batch", "Job"}:              {"spec", "template"},
	{"batch", "CronJob"}:          {"spec", "jobTemplate", "spec", "template"},
}

// Of returns the pods of an object of a built-in kind, and false where the kind
// has none or they are not there. The group is that of the object's apiVersion.
func Of(group, kind string, content map[string]any) (Pod, bool) {
	path, ok := templates[[2]string{group, kind}]
	if !ok {
		return Pod{}, false
	}
	pod := Pod{Template: content}
	for _, key := range path {
		if pod.Template, ok = pod.Template[key].(map[string]any); !ok {
			return Pod{}, false
		}
		pod.Path = append(pod.Path, key)
	}
	pod.Path = append(pod.Path, "spec")
	pod.Spec, ok = pod.Template["spec"].(map[string]any)
	return pod, ok
}

// Container is one container of a pod.
type Container struct {
	// Path is that of the container in what was searched.
	Path   []any
	Fields map[string]any
	// List is the field that holds it: "containers", "initContainers" or
	// "ephemeralContainers".
	List string
}

// lists are the fields that hold containers, in the order in which they run.
var lists = []string{"initContainers", "containers", "ephemeralContainers"}

// Containers returns the containers of the pod, those that run first first.
func (p Pod) Containers() []Container {
	return containersIn(p.Spec, p.Path)
}

func containersIn(fields map[string]any, path []any) []Container {
	var found []Container
	for _, list := range lists {
		items, _ := fields[list].([]any)
		for i, item := range items {
			if container, ok := item.(map[string]any); ok {
				found = append(found, Container{Path: append(slices.Clone(path), list, i), Fields: container, List: list})
			}
		}
	}
	return found
}

// Image is the reference of an image that an object runs or mounts.
type Image struct {
	// Path is that of the reference in the object.
	Path      []any
	Reference string
}

// Images returns the images of the containers and image volumes in an object of
// any kind, custom resources that hold pods included, in the order of the sorted
// fields.
func Images(content map[string]any) []Image {
	return imagesIn(content, nil, nil)
}

func imagesIn(value any, path []any, found []Image) []Image {
	switch value := value.(type) {
	case []any:
		for i, item := range value {
			found = imagesIn(item, append(path[:len(path):len(path)], i), found)
		}
	case map[string]any:
		for _, container := range containersIn(value, path) {
			found = addImage(found, container.Fields["image"], append(container.Path, "image"))
		}
		volumes, _ := value["volumes"].([]any)
		for i, item := range volumes {
			volume, _ := item.(map[string]any)
			image, _ := volume["image"].(map[string]any)
			found = addImage(found, image["reference"], append(slices.Clone(path), "volumes", i, "image", "reference"))
		}
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if !slices.Contains(lists, key) {
				found = imagesIn(value[key], append(path[:len(path):len(path)], key), found)
			}
		}
	}
	return found
}

func addImage(found []Image, value any, path []any) []Image {
	if reference, ok := value.(string); ok && reference != "" {
		found = append(found, Image{Path: path, Reference: reference})
	}
	return found
}
