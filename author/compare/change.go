package compare

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// Effect says what a change means for those who upgrade.
type Effect string

// The effects, the worst first.
const (
	// Breaking: an upgrade can be refused, loses data or an API, or turns away
	// what was good before.
	Breaking Effect = "breaking"
	// Notable: something behaves differently, and a person should read it.
	Notable Effect = "notable"
	// Compatible: nothing that worked stops working.
	Compatible Effect = "compatible"
)

// rank orders effects, the worst first.
func (e Effect) rank() int {
	switch e {
	case Breaking:
		return 0
	case Notable:
		return 1
	default:
		return 2
	}
}

// Area is a part of a package that is compared.
type Area string

// The areas, in the order of reports.
const (
	// AreaCases is which cases render.
	AreaCases Area = "cases"
	// AreaManifest is the manifest without what has an area of its own.
	AreaManifest Area = "manifest"
	// AreaSchema is the schema of the configuration.
	AreaSchema Area = "schema"
	// AreaImages are spec.images and what the lock says about them.
	AreaImages Area = "images"
	// AreaCRDs are the custom resource definitions among the objects.
	AreaCRDs Area = "crds"
	// AreaRBAC is who may do what.
	AreaRBAC Area = "rbac"
	// AreaObjects are all rendered objects.
	AreaObjects Area = "objects"
)

// Areas returns all areas, in the order of reports.
func Areas() []Area {
	return []Area{AreaCases, AreaManifest, AreaSchema, AreaImages, AreaCRDs, AreaRBAC, AreaObjects}
}

func (a Area) rank() int { return slices.Index(Areas(), a) }

// Side tells the two packages apart.
type Side string

// The sides: what was, and what will be.
const (
	SideA Side = "a"
	SideB Side = "b"
)

// ObjectReference names an object. Namespace is empty where the object does not
// say one.
type ObjectReference struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}

// String returns kind, namespace and name: "Deployment shop/web".
func (o ObjectReference) String() string {
	name := o.Name
	if o.Namespace != "" {
		name = o.Namespace + "/" + name
	}
	return o.Kind + " " + name
}

func (o *ObjectReference) compare(other *ObjectReference) int {
	switch {
	case o == nil && other == nil:
		return 0
	case o == nil:
		return -1
	case other == nil:
		return 1
	}
	return cmp.Or(cmp.Compare(o.Kind, other.Kind), cmp.Compare(o.Namespace, other.Namespace),
		cmp.Compare(o.Name, other.Name), cmp.Compare(o.APIVersion, other.APIVersion))
}

// Change is one difference between A, what was, and B, what will be.
type Change struct {
	// Code names the kind of change; it never changes its meaning.
	Code   Code   `json:"code"`
	Area   Area   `json:"area"`
	Effect Effect `json:"effect"`
	// Component names the component of a multi-component package; the root has
	// none.
	Component string `json:"component,omitempty"`
	// Object is the one that changed, as it is in B, or in A where it was removed.
	Object *ObjectReference `json:"object,omitempty"`
	// Field is the path of what changed inside the object, the schema or the
	// manifest, as [diagnostic.FieldPath] writes it. Items of lists that Kubernetes
	// merges by key are named by it: "spec.containers[name=web].image".
	Field string `json:"field,omitempty"`
	// Before and After are the values; nil where there is none, or where they
	// would be too much.
	Before any `json:"before,omitempty"`
	After  any `json:"after,omitempty"`
	// Text is a unified diff, in place of Before and After where these are long.
	Text string `json:"text,omitempty"`
	// Permissions are those that were gained or lost.
	Permissions []Permission `json:"permissions,omitempty"`
	// Escalation is set where permissions were gained by which others can be had.
	Escalation bool `json:"escalation,omitempty"`
	// Message says what changed and why it has its effect, in words.
	Message string `json:"message"`
	// Position is where it stands in the package of Side; zero where that is not
	// known.
	Position diagnostic.Position `json:"position,omitzero"`
	Side     Side                `json:"side,omitempty"`
	// Cases are the names of the cases in which the change was seen; empty where
	// it does not come from rendering.
	Cases []string `json:"cases,omitempty"`

	// pathA and pathB are the paths by which the value is found in a file.
	pathA, pathB []any
	// reason is the part of the message that has no value in it.
	reason string
}

// compare orders changes as reports list them.
func (c *Change) compare(other *Change) int {
	return cmp.Or(
		cmp.Compare(c.Component, other.Component),
		cmp.Compare(c.Area.rank(), other.Area.rank()),
		c.Object.compare(other.Object),
		cmp.Compare(c.Field, other.Field),
		cmp.Compare(c.Code, other.Code),
		cmp.Compare(c.Message, other.Message),
		slices.Compare(c.Cases, other.Cases),
		cmp.Compare(c.Text, other.Text),
	)
}

// identity is the same for changes that say the same, whatever the case.
func (c *Change) identity() string {
	var b strings.Builder
	object := ""
	if c.Object != nil {
		object = c.Object.APIVersion + "\x00" + c.Object.String()
	}
	for _, part := range []string{string(c.Code), string(c.Effect), c.Component, object, c.Field, c.Message, c.Text} {
		b.WriteString(part)
		b.WriteByte(0)
	}
	values, err := json.Marshal([]any{c.Before, c.After, c.Permissions})
	if err == nil {
		b.Write(values)
	}
	return b.String()
}

// sortChanges brings changes into the order of reports.
func sortChanges(changes []Change) []Change {
	slices.SortStableFunc(changes, func(a, b Change) int { return a.compare(&b) })
	return changes
}
