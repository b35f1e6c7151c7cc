package graph

import (
	"github.com/packstage/packstage/packagetypes"
)

// finder knows the objects of an instance by what others call them.
type finder struct {
	namespace string
	objects   []packagetypes.Object
	byName    map[objectName]int
	// definitions are custom resource definitions by group and kind.
	definitions map[[2]string]int
	// pods are the objects that make pods, with their labels.
	pods []labelled
	// services are services with their labels.
	services []labelled
}

type objectName struct{ group, kind, namespace, name string }

type labelled struct {
	node      int
	namespace string
	labels    map[string]any
}

func newFinder(instance *packagetypes.Instance) *finder {
	f := &finder{namespace: instance.Namespace, byName: map[objectName]int{}, definitions: map[[2]string]int{}}
	for _, object := range instance.Objects() {
		i := len(f.objects)
		f.objects = append(f.objects, object)
		kind := object.GroupVersionKind()
		f.byName[objectName{kind.Group, kind.Kind, f.namespaceOf(object), object.Name()}] = i
		content := object.Content()
		if kind.Group == "apiextensions.k8s.io" && kind.Kind == "CustomResourceDefinition" {
			f.definitions[[2]string{text(content, "spec", "group"), text(content, "spec", "names", "kind")}] = i
		}
		if labels, ok := podLabels(kind.Kind, content); ok {
			f.pods = append(f.pods, labelled{i, f.namespaceOf(object), labels})
		}
		if kind.Group == "" && kind.Kind == "Service" {
			labels, _ := at(content, "metadata", "labels").(map[string]any)
			f.services = append(f.services, labelled{i, f.namespaceOf(object), labels})
		}
	}
	return f
}

// namespaceOf returns the namespace of an object; one that names none lives in that
// of the instance, or in none at all, which makes no difference here.
func (f *finder) namespaceOf(object packagetypes.Object) string {
	if namespace := object.Namespace(); namespace != "" {
		return namespace
	}
	return f.namespace
}

// selector matches labels.
type selector struct {
	labels      map[string]any
	expressions []any
}

func newSelector(content any) selector {
	fields, _ := content.(map[string]any)
	labels, _ := fields["matchLabels"].(map[string]any)
	expressions, _ := fields["matchExpressions"].([]any)
	return selector{labels, expressions}
}

// matches tells whether labels are selected. An empty selector selects nothing here:
// an edge to everything says nothing.
func (s selector) matches(labels map[string]any) bool {
	if len(s.labels) == 0 && len(s.expressions) == 0 {
		return false
	}
	for key, value := range s.labels {
		if labels[key] != value {
			return false
		}
	}
	for _, entry := range s.expressions {
		expression, _ := entry.(map[string]any)
		value, exists := labels[text(expression, "key")]
		listed := false
		for _, wanted := range list(expression, "values") {
			listed = listed || wanted == value
		}
		switch text(expression, "operator") {
		case "In":
			if !exists || !listed {
				return false
			}
		case "NotIn":
			if exists && listed {
				return false
			}
		case "Exists":
			if !exists {
				return false
			}
		case "DoesNotExist":
			if exists {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// at returns the value at a path of keys, or nil.
func at(content any, path ...string) any {
	for _, key := range path {
		fields, ok := content.(map[string]any)
		if !ok {
			return nil
		}
		content = fields[key]
	}
	return content
}

func text(content any, path ...string) string {
	value, _ := at(content, path...).(string)
	return value
}

func list(content any, path ...string) []any {
	value, _ := at(content, path...).([]any)
	return value
}

// podTemplate returns what pods are made from: an object with metadata and spec.
func podTemplate(kind string, content map[string]any) (any, bool) {
	switch kind {
	case "Pod":
		return content, true
	case "CronJob":
		template := at(content, "spec", "jobTemplate", "spec", "template")
		return template, template != nil
	default:
		template := at(content, "spec", "template")
		return template, at(template, "spec", "containers") != nil
	}
}

func podLabels(kind string, content map[string]any) (map[string]any, bool) {
	template, ok := podTemplate(kind, content)
	labels, _ := at(template, "metadata", "labels").(map[string]any)
	return labels, ok
}
