package packagetypes

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
)

// CollisionProtection says what happens when an object exists already and
// belongs to someone else.
type CollisionProtection string

const (
	// CollisionProtectionPrevent refuses to take over; the default.
	CollisionProtectionPrevent CollisionProtection = "Prevent"
	// CollisionProtectionIfNoController takes over what has no controller.
	CollisionProtectionIfNoController CollisionProtection = "IfNoController"
	// CollisionProtectionNone takes over whatever is there.
	CollisionProtectionNone CollisionProtection = "None"
)

// ConditionMapping copies a condition of an object to the instance's status.
type ConditionMapping struct {
	SourceType      string `json:"sourceType"`
	DestinationType string `json:"destinationType"`
}

// Object is one rendered Kubernetes object. Rendering shares unchanged objects
// between instances, so an Object is read-only: use [Object.DeepCopy] to get
// one that can be changed.
//
// Its texts, those of copies too, are parts of the text of the whole file, which each
// of them keeps in memory: what is kept for much longer than the instance, such as a
// name, is copied with [strings.Clone].
type Object struct {
	content             map[string]any
	conditionMappings   []ConditionMapping
	collisionProtection CollisionProtection
	source              diagnostic.Position
}

// NewObject returns an Object over content, which the caller gives away: values
// as from JSON, with integers as int64.
func NewObject(content map[string]any, source diagnostic.Position, mappings []ConditionMapping, protection CollisionProtection) Object {
	return Object{content: content, source: source, conditionMappings: mappings, collisionProtection: protection}
}

// Content returns the object's fields. The caller must not change them.
func (o Object) Content() map[string]any { return o.content }

// DeepCopy returns a copy of the object's fields that the caller may change.
// With apimachinery that is
//
//	&unstructured.Unstructured{Object: object.DeepCopy()}
func (o Object) DeepCopy() map[string]any { return copyValue(o.content).(map[string]any) }

func copyValue(value any) any {
	switch value := value.(type) {
	case map[string]any:
		if value == nil {
			return value
		}
		copied := make(map[string]any, len(value))
		for key, item := range value {
			copied[key] = copyValue(item)
		}
		return copied
	case []any:
		if value == nil {
			return value
		}
		copied := make([]any, len(value))
		for i, item := range value {
			copied[i] = copyValue(item)
		}
		return copied
	default: // strings, numbers, booleans and null cannot be changed
		return value
	}
}

// GroupVersionKind returns the type of the object.
func (o Object) GroupVersionKind() schema.GroupVersionKind {
	apiVersion, _ := o.content["apiVersion"].(string)
	kind, _ := o.content["kind"].(string)
	return schema.FromAPIVersionAndKind(apiVersion, kind)
}

// Name returns metadata.name.
func (o Object) Name() string { return o.metadata("name") }

// Namespace returns metadata.namespace.
func (o Object) Namespace() string { return o.metadata("namespace") }

func (o Object) metadata(field string) string {
	metadata, _ := o.content["metadata"].(map[string]any)
	text, _ := metadata[field].(string)
	return text
}

// ConditionMappings returns the conditions that the installer copies to the
// instance's status. The caller must not change the slice.
func (o Object) ConditionMappings() []ConditionMapping { return o.conditionMappings }

// CollisionProtection returns what the object asks for, or "" where it says
// nothing, which means [CollisionProtectionPrevent].
func (o Object) CollisionProtection() CollisionProtection { return o.collisionProtection }

// Source returns where the object comes from: the file, the line in which its
// document begins there, and the number of the document in the rendered file.
// For a template the line is that of the action or text that emitted it.
func (o Object) Source() diagnostic.Position { return o.source }

// MarshalJSON encodes the object's fields with sorted keys.
func (o Object) MarshalJSON() ([]byte, error) { return json.Marshal(o.content) }
