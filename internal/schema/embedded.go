package schema

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	namevalidation "k8s.io/apimachinery/pkg/util/validation"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/objectmeta"
)

// metadataKeys are the keys of the metadata of Kubernetes objects.
var metadataKeys = []string{
	"annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers",
	"generateName", "generation", "labels", "managedFields", "name", "namespace", "ownerReferences",
	"resourceVersion", "selfLink", "uid",
}

// pruneMetadata removes the keys of an embedded resource's metadata that no
// Kubernetes object has.
func (p *pruner) pruneMetadata(value any, at *Path) {
	metadata, ok := value.(map[string]any)
	if !ok {
		return
	}
	var unknown []string
	for key := range metadata {
		if !slices.Contains(metadataKeys, key) {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	for _, key := range unknown {
		p.unknown = append(p.unknown, Unknown{Path: at.Child(key), Key: key, Known: metadataKeys})
		delete(metadata, key)
	}
}

// checkEmbedded reports embedded resources whose apiVersion, kind or metadata are
// not those of a Kubernetes object.
// Values are not shown below sensitive nodes.
func checkEmbedded(s *Schema, value any, at *Path, sensitive bool, report func(Finding)) {
	if s == nil {
		return
	}
	sensitive = sensitive || s.Sensitive
	switch v := value.(type) {
	case map[string]any:
		if s.EmbeddedResource {
			checkTypeMeta(v, at, sensitive, report)
			checkObjectMeta(v, at, sensitive, report)
		}
		for key, item := range v {
			checkEmbedded(s.Property(key), item, at.Child(key), sensitive, report)
		}
	case []any:
		for i, item := range v {
			checkEmbedded(s.Items, item, at.Index(i), sensitive, report)
		}
	}
}

func checkTypeMeta(object map[string]any, at *Path, sensitive bool, report func(Finding)) {
	for _, field := range []struct {
		name, hint string
		valid      func(text string) bool
	}{
		{"apiVersion", `an apiVersion is like "v1" or "apps/v1"`, func(text string) bool {
			_, err := schema.ParseGroupVersion(text)
			return text != "" && err == nil
		}},
		{"kind", `a kind is like "Deployment"`, func(text string) bool {
			return len(namevalidation.IsDNS1035Label(strings.ToLower(text))) == 0
		}},
	} {
		f := Finding{Code: diagnostic.ConfigInvalid, Path: at.Child(field.name), Hint: field.hint}
		value, found := object[field.name]
		text, isText := value.(string)
		switch {
		case !found:
			f.Code, f.Message, f.Blocking = diagnostic.ConfigRequired, "is required for a Kubernetes object", true
		case !isText:
			f.Message = "must be a string, is " + Describe(value)
		case !field.valid(text):
			f.Message = "must be valid for a Kubernetes object"
			if !sensitive {
				f.Message += ", is " + Show(text)
			}
		default:
			continue
		}
		report(f)
	}
}

func checkObjectMeta(object map[string]any, at *Path, sensitive bool, report func(Finding)) {
	metadata, found := object["metadata"]
	if !found {
		return
	}
	where := at.Child("metadata")
	fields, isObject := metadata.(map[string]any)
	if !isObject && metadata != nil {
		report(Finding{
			Code: diagnostic.ConfigInvalid, Path: where, Message: "must be the metadata of a Kubernetes object",
			Hint: "labels and annotations are strings",
		})
		return
	}
	for _, problem := range objectmeta.Check(fields) {
		message := problem.Message
		if sensitive {
			message = "must be valid for a Kubernetes object"
		}
		path := where
		if problem.WrongType {
			problem.Path = nil
		}
		for _, element := range problem.Path {
			switch element := element.(type) {
			case int:
				path = path.Index(element)
			case string:
				path = path.Child(element)
			}
		}
		report(Finding{Code: diagnostic.ConfigInvalid, Path: path, Message: message})
	}
}
