package docs

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/gobwas/glob"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// objectKey tells objects of several cases apart.
type objectKey struct{ phase, group, kind, namespace, name string }

// objectsOf lists the objects of all cases: in the order of the first case that has
// them, those that it does not have after the object that they follow elsewhere.
func objectsOf(cases [][]placed, rendered []matrix.Rendered, conditions conditionFinder) []Object {
	var order []objectKey
	known := map[objectKey]*Object{}
	for i, objects := range cases {
		var last objectKey
		seen := map[objectKey]bool{}
		for _, p := range objects {
			kind := p.GroupVersionKind()
			key := objectKey{p.phase, kind.Group, kind.Kind, p.namespace(), p.name()}
			if seen[key] {
				continue // several of one generateName
			}
			seen[key] = true
			if known[key] == nil {
				known[key] = &Object{
					Phase: p.phase, Group: kind.Group, Version: kind.Version, Kind: kind.Kind,
					Namespace: key.namespace, Name: key.name, File: p.Source().File,
				}
				order = insertAfter(order, last, key)
			}
			known[key].Cases = append(known[key].Cases, rendered[i].Case.Name)
			last = key
		}
	}
	byPhase := map[string][]Object{}
	var phases []string
	for _, key := range order {
		object := known[key]
		object.Conditional = len(object.Cases) < len(cases)
		if _, ok := byPhase[object.Phase]; !ok {
			phases = append(phases, object.Phase)
		}
		byPhase[object.Phase] = append(byPhase[object.Phase], *object)
	}
	perFile := map[string]int{}
	for _, object := range known {
		perFile[object.File]++
	}
	var listed []Object
	for _, phase := range conditions.phaseOrder(phases) {
		for _, object := range byPhase[phase] {
			object.Condition = conditions.find(object.File, perFile[object.File] == 1)
			listed = append(listed, object)
		}
	}
	return listed
}

// insertAfter puts a key behind another one, or in front where there is no such.
func insertAfter(order []objectKey, other, key objectKey) []objectKey {
	at := len(order)
	for at > 0 && order[at-1] != other {
		at--
	}
	return slices.Insert(order, at, key)
}

// conditionFinder finds the conditions that the files of a package state.
type conditionFinder struct{ pkg *packagetypes.Package }

// phaseOrder brings the phases into the order of the manifest.
func (f conditionFinder) phaseOrder(phases []string) []string {
	var order []string
	for _, phase := range f.pkg.Manifest.Spec.Phases {
		for _, name := range phases {
			if name == phase.Name {
				order = append(order, name)
			}
		}
	}
	return order
}

var conditionLine = regexp.MustCompile(`(?m)^[ \t]*["']?` + regexp.QuoteMeta(validate.ConditionAnnotation) + `["']?:[ \t]*(.*?)[ \t\r]*$`)

// find returns the CEL expression that the objects of a file stand under: that of
// the annotation, where the file has one object and one annotation, and those of the
// path filters. What it cannot tell for sure it leaves out.
func (f conditionFinder) find(file string, alone bool) string {
	var parts []string
	content, _ := f.pkg.Files.Read(file)
	if alone && bytes.Count(content, []byte(validate.ConditionAnnotation)) == 1 {
		if match := conditionLine.FindSubmatch(content); match != nil {
			if expression, ok := plainExpression(string(match[1])); ok {
				parts = append(parts, expression)
			}
		}
	}
	output := strings.TrimSuffix(file, ".gotmpl")
	for _, filter := range f.pkg.Manifest.Spec.Filter.Paths {
		if pattern, err := glob.Compile(filter.Glob, '/'); err == nil && pattern.Match(output) {
			parts = append(parts, filter.Expression)
		}
	}
	if len(parts) > 1 {
		for i := range parts {
			if strings.ContainsAny(parts[i], "|?") {
				parts[i] = "(" + parts[i] + ")"
			}
		}
	}
	return strings.Join(parts, " && ")
}

// plainExpression reads the value of an annotation that is written on one line.
func plainExpression(text string) (string, bool) {
	if strings.Contains(text, "{{") || text == "" || strings.ContainsAny(text[:1], "|>&*!{[") {
		return "", false
	}
	switch quote := text[0]; {
	case quote == '"' && !strings.Contains(text, `\`), quote == '\'':
		if len(text) < 2 || text[len(text)-1] != quote || strings.IndexByte(text[1:len(text)-1], quote) >= 0 {
			return "", false
		}
		return text[1 : len(text)-1], true
	case quote == '"':
		return "", false
	}
	if cut := strings.Index(text, " #"); cut >= 0 {
		text = strings.TrimSpace(text[:cut])
	}
	return text, true
}
