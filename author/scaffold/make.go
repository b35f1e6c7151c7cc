package scaffold

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// Make makes a package of an input and proves that it is one: it is compiled, rendered
// with the defaults of its configuration in each of its scopes, and compared with the
// input, object by object.
//
// The error is a diagnostic.Diagnostics where the input or the options do not fit: objects
// that are none, twice the same object, objects that the scope does not allow, a
// render that differs from the input (code ImportDiffers); or the error of ctx.
func Make(ctx context.Context, input Input, options Options) (*Result, error) {
	m, found := newMaker(input, options)
	if found.HasErrors() {
		return nil, found.Sorted()
	}
	if found = m.chooseScope(); found.HasErrors() {
		return nil, found.Sorted()
	}
	m.parametrize()
	m.takeImages()
	m.templateNamespace()
	m.choosePhases()
	m.placeObjects()
	m.proposeProbes()
	m.reportSubstitutions()
	m.noticeAutoscalers()
	return m.finish(ctx)
}

// maker is a package in the making.
type maker struct {
	input   Input
	options Options
	name    string
	objects []*object
	// files are those of the result.
	files map[string][]byte
	// scopes of the package, the default first. Namespace is the one that is templated,
	// or empty where none is; namespaceExpression is what stands in its place.
	scopes              []manifest.Scope
	namespace           string
	namespaceExpression string
	// defined are the kinds whose CustomResourceDefinitions are among the objects.
	defined    map[groupKind]bool
	config     *configTree
	properties map[string]*Property // by the expressions that read them
	images     []takenImage
	phases     []manifest.Phase
	probes     []manifest.AvailabilityProbe
	decisions  []Decision
}

func newMaker(input Input, options Options) (*maker, diagnostic.Diagnostics) {
	m := &maker{
		input: input, options: options, files: maps.Clone(input.Files), config: newConfigTree(),
		decisions: slices.Clone(input.Decisions),
	}
	if m.files == nil {
		m.files = map[string][]byte{}
	}
	var found diagnostic.Diagnostics
	seen := map[[4]string]*object{}
	for _, inputObject := range input.Objects {
		o := newObject(inputObject)
		if problem := o.check(); problem != "" {
			found = append(found, o.finding(diagnostic.ObjectInvalid, problem, ""))
			continue
		}
		if o.name() != "" {
			key := [4]string{o.kind.group, o.kind.kind, o.namespace(), o.name()}
			if first := seen[key]; first != nil {
				found = append(found, o.finding(diagnostic.ObjectDuplicate,
					fmt.Sprintf("%s is there twice", o.title()), "first in "+first.origin()))
				continue
			}
			seen[key] = o
		} else {
			m.decide(o.about(TopicAttention, "it has generateName in place of a name",
				"each time it is applied it would be a new one: what a package has needs a name"))
		}
		m.objects = append(m.objects, o)
	}
	m.name = cmp.Or(options.Name, PackageName(input.Name), proposedName(m.objects), "package")
	if len(input.Objects) == 0 {
		found = append(found, diagnostic.Diagnostic{
			Code: diagnostic.ImportEmpty, Message: "there are no objects to make a package of",
		})
	}
	for _, property := range input.Config {
		if err := m.config.add(property); err != nil {
			found = append(found, diagnostic.Diagnostic{Code: diagnostic.SchemaInvalid, Message: err.Error()})
		}
	}
	return m, found
}

// check returns what keeps an object from being one.
func (o *object) check() string {
	switch {
	case o.kind.kind == "":
		return "the object has no kind"
	case o.Content["apiVersion"] == nil:
		return fmt.Sprintf("the %s has no apiVersion", o.kind.kind)
	case o.name() == "" && metadataText(o.Content, "generateName") == "":
		if name, ok := lookup(o.Content, "metadata", "name"); ok && name != nil && name != "" {
			return fmt.Sprintf("the name of the %s is no text: %v needs quotes", o.kind.kind, name)
		}
		return fmt.Sprintf("the %s has no name", o.kind.kind)
	case o.Template != nil && o.Phase == "":
		return fmt.Sprintf("the template of %s says no phase", o.title())
	}
	for _, s := range o.Substitutions {
		if _, ok := lookup(o.Content, s.Path...); !ok || len(s.Path) == 0 || len(s.Parts) == 0 {
			return fmt.Sprintf("%s has no field %s to substitute", o.title(), diagnostic.FieldPath(s.Path...))
		}
	}
	return ""
}

func (o *object) origin() string {
	if o.Origin == "" {
		return "the input"
	}
	return o.Origin
}

func (o *object) finding(code diagnostic.Code, message, hint string) diagnostic.Diagnostic {
	return diagnostic.Diagnostic{Code: code, Position: originPosition(o.Origin), Message: message, Hint: hint}
}

func (m *maker) decide(d Decision) { m.decisions = append(m.decisions, d) }

// about is a decision about an object.
func (o *object) about(topic Topic, message, reason string) Decision {
	return Decision{Topic: topic, Object: o.title(), Origin: o.Origin, Message: message, Reason: reason}
}

func (o *object) aboutField(topic Topic, path []any, message, reason string) Decision {
	d := o.about(topic, message, reason)
	d.Field = diagnostic.FieldPath(path...)
	return d
}
