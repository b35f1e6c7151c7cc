package validate

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/objectmeta"
	"github.com/packstage/packstage/packagetypes"
)

// Annotations that steer what happens to an object. They are not part of the
// rendered object.
const (
	PhaseAnnotation               = "package-operator.run/phase"
	ConditionAnnotation           = "package-operator.run/condition"
	ConditionMapAnnotation        = "package-operator.run/condition-map"
	CollisionProtectionAnnotation = "package-operator.run/collision-protection"
)

// Labels that every rendered object gets.
const (
	PackageLabel  = "package-operator.run/package"
	InstanceLabel = "package-operator.run/instance"
)

// ObjectKey tells objects apart: two with the same key are the same object,
// whatever their version.
type ObjectKey struct{ Group, Kind, Namespace, Name string }

// Steering is what the annotations of an object say.
type Steering struct {
	Phase               string
	Condition           string // CEL, or "" for none
	ConditionMappings   []packagetypes.ConditionMapping
	CollisionProtection packagetypes.CollisionProtection
}

// Object checks that a document is a Kubernetes object that the format allows,
// and reads its steering annotations. Phases are the names in the manifest.
// Findings carry the field inside the object; their position is the caller's to
// fill in. The key's Name is empty for an object with only a generateName, which
// is no duplicate of any other.
func Object(content map[string]any, phases []string) (ObjectKey, Steering, diagnostic.Diagnostics) {
	check := objectCheck{content: content}
	key := check.identity()
	metadata, ok := content["metadata"].(map[string]any)
	if !ok {
		if content["metadata"] == nil {
			check.add(diagnostic.ObjectInvalid, "metadata is missing", notAnObject, "metadata")
		} else {
			check.add(diagnostic.ObjectInvalid, "must be a mapping", "", "metadata")
		}
		return key, Steering{}, check.found
	}
	key.Name, key.Namespace = check.text(metadata, "name"), check.text(metadata, "namespace")
	generateName := check.text(metadata, "generateName")
	if len(check.found) == 0 && key.Name == "" && generateName == "" {
		check.add(diagnostic.ObjectInvalid, "the object has no name", "", "metadata", "name")
	}
	check.labelsAndAnnotations(metadata)
	annotations, _ := metadata["annotations"].(map[string]any)
	return key, check.steering(annotations, phases), check.found
}

const notAnObject = "every document is a Kubernetes object; a file that holds none begins with _ or has another ending than .yaml"

type objectCheck struct {
	content map[string]any
	found   diagnostic.Diagnostics
}

func (c *objectCheck) add(code diagnostic.Code, message, hint string, path ...any) {
	c.found = append(c.found, diagnostic.Diagnostic{
		Code: code, Field: diagnostic.FieldPath(path...), Message: message, Hint: hint,
	})
}

func (c *objectCheck) identity() ObjectKey {
	var key ObjectKey
	apiVersion, ok := c.content["apiVersion"].(string)
	if !ok || apiVersion == "" {
		c.add(diagnostic.ObjectInvalid, "apiVersion is missing", notAnObject, "apiVersion")
	} else if groupVersion, err := schema.ParseGroupVersion(apiVersion); err != nil {
		c.add(diagnostic.ObjectInvalid, fmt.Sprintf("%q is not group/version", apiVersion), "", "apiVersion")
	} else {
		key.Group = groupVersion.Group
	}
	kind, ok := c.content["kind"].(string)
	if !ok || kind == "" {
		c.add(diagnostic.ObjectInvalid, "kind is missing", notAnObject, "kind")
	}
	key.Kind = kind
	return key
}

func (c *objectCheck) text(metadata map[string]any, name string) string {
	switch value := metadata[name].(type) {
	case nil:
		return ""
	case string:
		return value
	default:
		c.add(diagnostic.ObjectInvalid, "must be a string", "put the value in quotes", "metadata", name)
		return ""
	}
}

func (c *objectCheck) labelsAndAnnotations(metadata map[string]any) {
	if surelyLabels(metadata["labels"]) && surelyAnnotations(metadata["annotations"]) {
		return
	}
	labels, annotations := c.texts(metadata, "labels"), c.texts(metadata, "annotations")
	c.metadata(objectmeta.Labels(labels), "")
	c.metadata(objectmeta.Annotations(annotations), "")
}

// texts returns labels or annotations; values that are no strings are findings,
// since the API server would refuse them.
func (c *objectCheck) texts(metadata map[string]any, name string) map[string]string {
	texts, problems := objectmeta.Texts(metadata[name], name)
	c.metadata(problems, "put the value in quotes")
	return texts
}

func (c *objectCheck) metadata(problems []objectmeta.Problem, hint string) {
	for _, problem := range problems {
		c.add(diagnostic.ObjectInvalidMetadata, problem.Message, hint, append([]any{"metadata"}, problem.Path...)...)
	}
}

func (c *objectCheck) steering(annotations map[string]any, phases []string) Steering {
	at := func(annotation string) []any { return []any{"metadata", "annotations", annotation} }
	var steering Steering
	phase, ok := annotations[PhaseAnnotation].(string)
	switch {
	case !ok || phase == "":
		c.add(diagnostic.PhaseMissing, "the object has no phase",
			fmt.Sprintf("add the annotation %s with one of: %s", PhaseAnnotation, strings.Join(phases, ", ")),
			at(PhaseAnnotation)...)
	case !slices.Contains(phases, phase):
		c.add(diagnostic.PhaseUnknown, fmt.Sprintf("the manifest has no phase %q", phase),
			diagnostic.DidYouMean(phase, phases), at(PhaseAnnotation)...)
	}
	steering.Phase = phase
	steering.Condition, _ = annotations[ConditionAnnotation].(string)
	if text, ok := annotations[ConditionMapAnnotation].(string); ok {
		steering.ConditionMappings = c.conditionMappings(text)
	}
	collisionProtection, _ := annotations[CollisionProtectionAnnotation].(string)
	switch protection := packagetypes.CollisionProtection(collisionProtection); protection {
	case "", packagetypes.CollisionProtectionPrevent, packagetypes.CollisionProtectionIfNoController, packagetypes.CollisionProtectionNone:
		steering.CollisionProtection = protection
	default:
		c.add(diagnostic.AnnotationInvalid, fmt.Sprintf("unknown collision protection %q", protection),
			diagnostic.DidYouMean(string(protection), []string{
				string(packagetypes.CollisionProtectionPrevent),
				string(packagetypes.CollisionProtectionIfNoController),
				string(packagetypes.CollisionProtectionNone),
			}), at(CollisionProtectionAnnotation)...)
	}
	return steering
}

// conditionMappings reads "<source> => <destination>" lines.
func (c *objectCheck) conditionMappings(text string) []packagetypes.ConditionMapping {
	var mappings []packagetypes.ConditionMapping
	number := 0
	for line := range strings.Lines(text) {
		number++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		source, destination, ok := strings.Cut(line, "=>")
		source, destination = strings.TrimSpace(source), strings.TrimSpace(destination)
		if !ok || source == "" || destination == "" || strings.Contains(destination, "=>") {
			c.add(diagnostic.AnnotationInvalid, fmt.Sprintf("line %d is not a condition mapping", number),
				`write "<condition of the object> => <condition of the instance>"`,
				"metadata", "annotations", ConditionMapAnnotation)
			continue
		}
		mappings = append(mappings, packagetypes.ConditionMapping{SourceType: source, DestinationType: destination})
	}
	return mappings
}
