// Package objectmeta checks the metadata of Kubernetes objects that are plain
// values. It says what k8s.io/apimachinery/pkg/api/validation says, without the
// 2 MB that its API types add to a program.
package objectmeta

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Problem is something that Kubernetes refuses.
type Problem struct {
	// Path of keys and indexes below metadata.
	Path    []any
	Message string
	// WrongType tells that the metadata cannot even be decoded, which the API
	// server says of the metadata as a whole.
	WrongType bool
}

// maxAnnotations bounds keys and values of all annotations together, in bytes.
const maxAnnotations = 256 << 10

// Labels checks label keys and values.
func Labels(labels map[string]string) []Problem {
	var problems []Problem
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		for _, message := range validation.IsQualifiedName(key) {
			problems = append(problems, Problem{[]any{"labels"}, fmt.Sprintf("label %q: %s", key, message), false})
		}
		for _, message := range validation.IsValidLabelValue(labels[key]) {
			problems = append(problems, Problem{[]any{"labels", key}, fmt.Sprintf("label value %q: %s", labels[key], message), false})
		}
	}
	return problems
}

// Annotations checks annotation keys, and the size of all together.
func Annotations(annotations map[string]string) []Problem {
	var problems []Problem
	size := 0
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		size += len(key) + len(annotations[key])
		for _, message := range validation.IsQualifiedName(strings.ToLower(key)) {
			problems = append(problems, Problem{[]any{"annotations"}, fmt.Sprintf("annotation %q: %s", key, message), false})
		}
	}
	if size > maxAnnotations {
		problems = append(problems, Problem{[]any{"annotations"}, fmt.Sprintf("annotations have %d bytes, more than %d", size, maxAnnotations), false})
	}
	return problems
}

// Texts returns a map of strings, and a problem for everything that is none.
// Null is an empty map.
func Texts(value any, field string) (map[string]string, []Problem) {
	if value == nil {
		return nil, nil
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, []Problem{{[]any{field}, "must be a mapping", true}}
	}
	var problems []Problem
	texts := make(map[string]string, len(fields))
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		text, ok := fields[key].(string)
		if !ok {
			problems = append(problems, Problem{[]any{field, key}, "must be a string", true})
			continue
		}
		texts[key] = text
	}
	return texts, problems
}

// Check checks metadata as a whole, as the API server does for an object inside
// another one (x-kubernetes-embedded-resource). Fields that are not there are
// not missed.
func Check(metadata map[string]any) []Problem {
	c := checker{metadata: metadata}
	for _, field := range []string{"uid", "resourceVersion", "selfLink"} {
		c.text(field)
	}
	for _, field := range []string{"creationTimestamp", "deletionTimestamp"} {
		if text := c.text(field); text != "" {
			if _, err := time.Parse(time.RFC3339, text); err != nil {
				c.wrongType("must be a time such as 2024-01-02T03:04:05Z", field)
			}
		}
	}
	c.segment("name", false)
	c.segment("generateName", true)
	if namespace := c.text("namespace"); namespace != "" {
		c.addAll(validation.IsDNS1123Label(namespace), "namespace")
	}
	for _, field := range []string{"generation", "deletionGracePeriodSeconds"} {
		switch number, ok := metadata[field].(int64); {
		case !ok && metadata[field] != nil:
			c.wrongType("must be a whole number", field)
		case number < 0:
			c.add("must not be negative", field)
		}
	}
	for field, check := range map[string]func(map[string]string) []Problem{"labels": Labels, "annotations": Annotations} {
		texts, problems := Texts(metadata[field], field)
		c.problems = append(append(c.problems, problems...), check(texts)...)
	}
	for i, finalizer := range c.list("finalizers") {
		text, ok := finalizer.(string)
		if !ok {
			c.wrongType("must be a string", "finalizers", i)
			continue
		}
		c.addAll(validation.IsQualifiedName(text), "finalizers", i)
	}
	for i, owner := range c.list("ownerReferences") {
		fields, _ := owner.(map[string]any)
		for _, field := range []string{"apiVersion", "kind", "name", "uid"} {
			if text, ok := fields[field].(string); !ok || text == "" {
				c.add("is required", "ownerReferences", i, field)
			}
		}
	}
	c.list("managedFields")
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return strings.Compare(fmt.Sprint(a.Path...), fmt.Sprint(b.Path...)) })
	return c.problems
}

type checker struct {
	metadata map[string]any
	problems []Problem
}

func (c *checker) add(message string, path ...any) {
	c.problems = append(c.problems, Problem{Path: path, Message: message})
}

func (c *checker) wrongType(message string, path ...any) {
	c.problems = append(c.problems, Problem{Path: path, Message: message, WrongType: true})
}

func (c *checker) addAll(messages []string, path ...any) {
	for _, message := range messages {
		c.add(message, path...)
	}
}

func (c *checker) text(field string) string {
	value, ok := c.metadata[field].(string)
	if !ok && c.metadata[field] != nil {
		c.wrongType("must be a string", field)
	}
	return value
}

func (c *checker) list(field string) []any {
	items, ok := c.metadata[field].([]any)
	if !ok && c.metadata[field] != nil {
		c.wrongType("must be a list", field)
	}
	return items
}

// segment checks a name that becomes an element of a URL path.
func (c *checker) segment(field string, prefix bool) {
	text := c.text(field)
	if !prefix && (text == "." || text == "..") {
		c.add(fmt.Sprintf("must not be %q", text), field)
	}
	if strings.ContainsAny(text, "/%") {
		c.add("must not contain '/' or '%'", field)
	}
}
