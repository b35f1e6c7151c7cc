package packageloader

import (
	"cmp"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/celenv"
	"github.com/packstage/packstage/template"
)

// References are what a package refers to: its templates, and the conditions of
// its manifest, its static files and its templates. The caller must not change
// its slices.
type References struct {
	// Templates is what the templates refer to.
	Templates *template.References
	// Conditions are all conditions, by position.
	Conditions []ConditionReferences
	// Unknown are the places that may read anything, those of Templates and those
	// where a condition is written by a template.
	Unknown []template.Unknown
}

// ConditionOrigin says where a condition stands.
type ConditionOrigin string

// The places where conditions stand.
const (
	// NamedCondition stands in spec.filter.conditions of the manifest.
	NamedCondition ConditionOrigin = "named"
	// PathCondition stands in spec.filter.paths of the manifest.
	PathCondition ConditionOrigin = "path"
	// AnnotationCondition stands in the annotation
	// package-operator.run/condition of an object.
	AnnotationCondition ConditionOrigin = "annotation"
	// FunctionCondition is what a template gives to the function cel.
	FunctionCondition ConditionOrigin = "function"
)

// ConditionReferences is a condition with what it refers to.
type ConditionReferences struct {
	Origin ConditionOrigin
	// Name of a named condition, glob of a path condition.
	Name       string
	Expression string
	Position   diagnostic.Position
	// Reads are the places of the context that it reads, by path; their position
	// is that of the condition. Of a value, that it exists can be asked for.
	Reads []template.Reference
	// Uses are the names of the conditions that it uses as cond.<name>, sorted.
	Uses []string

	// place finds the condition again when it is evaluated.
	place conditionPlace
}

// References returns what the package refers to, found without rendering it. See
// [template.References] for how far it can be known.
func (r *Renderer) References() *References { return r.referred() }

func (r *Renderer) refer() *References {
	all := &References{Templates: r.templates.References()}
	all.Unknown = slices.Clone(all.Templates.Unknown)
	filter := r.pkg.Manifest.Spec.Filter
	for i, named := range filter.Conditions {
		field := diagnostic.FieldPath("spec", "filter", "conditions", i, "expression")
		all.add(r, conditionPlace{NamedCondition, "", i}, named.Name, named.Expression, positionIn(r.pkg, r.pkg.ManifestPath, field))
	}
	for i, path := range filter.Paths {
		field := diagnostic.FieldPath("spec", "filter", "paths", i, "expression")
		all.add(r, conditionPlace{PathCondition, "", i}, path.Glob, path.Expression, positionIn(r.pkg, r.pkg.ManifestPath, field))
	}
	for _, file := range r.files {
		if file.template == "" {
			r.eachStaticCondition(file, func(object readObject, position diagnostic.Position) {
				place := conditionPlace{AnnotationCondition, object.name(file.source), 0}
				all.add(r, place, "", object.steering.Condition, position)
			})
		}
	}
	for _, path := range r.templates.Paths() {
		source, _ := r.pkg.Files.Read(path)
		for _, written := range writtenConditions(path, string(source)) {
			if !written.known || !all.add(r, writtenPlace(written.position), "", written.expression, written.position) {
				all.Unknown = append(all.Unknown, template.Unknown{
					Reason: "the condition is worked out while the template runs", Position: written.position,
				})
			}
		}
	}
	for _, expression := range all.Templates.Expressions {
		if expression.Text != "" {
			all.add(r, conditionPlace{FunctionCondition, "", 0}, "", expression.Text, expression.Position)
		}
	}
	slices.SortStableFunc(all.Conditions, func(a, b ConditionReferences) int { return a.Position.Compare(b.Position) })
	slices.SortStableFunc(all.Unknown, func(a, b template.Unknown) int { return a.Position.Compare(b.Position) })
	return all
}

// eachStaticCondition calls yield for the objects of a static file that have a
// condition, with the place of the annotation.
func (r *Renderer) eachStaticCondition(file compiledFile, yield func(readObject, diagnostic.Position)) {
	var annotations annotationLocator
	for _, object := range file.objects {
		if object.steering.Condition == "" {
			continue
		}
		if annotations.source == "" {
			annotations.source = file.source
			annotations.data, _ = r.pkg.Files.Read(file.source)
		}
		yield(object, annotations.complete(object, diagnostic.Diagnostic{}).Position)
	}
}

// add adds a condition, or reports that it does not compile.
func (r *References) add(renderer *Renderer, place conditionPlace, name, expression string, position diagnostic.Position) bool {
	condition, err := renderer.conditions.compile(expression)
	if err != nil {
		return false
	}
	references := ConditionReferences{
		Origin: place.origin, Name: name, Expression: expression, Position: position, Uses: condition.Uses(), place: place,
	}
	references.Reads = readsOf(condition, position)
	r.Conditions = append(r.Conditions, references)
	return true
}

func readsOf(condition *celenv.Condition, position diagnostic.Position) []template.Reference {
	var references []template.Reference
	for _, read := range condition.Reads() {
		path := make(template.Path, len(read.Keys))
		for i, key := range read.Keys {
			path[i] = key
			if key == celenv.AnyElement {
				path[i] = template.AnyElement
			}
		}
		references = append(references, template.Reference{Path: path, Whole: read.Whole, Position: position})
	}
	return references
}

// Reads returns the places of the context that templates and conditions read, by
// position.
func (r *References) Reads() []template.Reference {
	reads := slices.Clone(r.Templates.Reads)
	for _, condition := range r.Conditions {
		reads = append(reads, condition.Reads...)
	}
	slices.SortStableFunc(reads, func(a, b template.Reference) int {
		return cmp.Or(a.Position.Compare(b.Position), a.Path.Compare(b.Path))
	})
	return reads
}

// Uses reports whether templates or conditions use the value at a path, or one
// below it, or one above it as a whole. Unknown is not regarded.
func (r *References) Uses(path template.Path) bool {
	if r.Templates.Uses(path) {
		return true
	}
	for _, condition := range r.Conditions {
		if slices.ContainsFunc(condition.Reads, func(read template.Reference) bool { return read.Uses(path) }) {
			return true
		}
	}
	return false
}
