package compare

import (
	"fmt"
	"maps"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// CustomResourceDefinitions compares two definitions of one custom resource, as
// plain values of apiextensions.k8s.io/v1. Changes have the field in the definition.
//
// Breaking is what the crd-upgrade-safety checks of OLM v1 refuse, what the API
// server refuses, and what takes away from clients or stored objects;
// docs/comparing.md lists the checks.
func CustomResourceDefinitions(before, after map[string]any) []Change {
	c := newCRDComparison(before, after)
	c.scope()
	c.names()
	c.versions()
	c.conversion()
	if len(c.changes) == 0 && !equal(unorderedSpec(before), unorderedSpec(after)) {
		c.emit(CRDChanged, Notable, "spec", nil, nil, "is different in something that is not looked at more closely")
	}
	return sortChanges(c.changes)
}

// unorderedSpec is the specification of a definition with its versions by name, since
// their order means nothing, and without what says no more than its absence.
func unorderedSpec(definition map[string]any) map[string]any {
	spec := maps.Clone(mapAt(definition, "spec"))
	versions := map[string]any{}
	for name, version := range crdVersions(definition) {
		content := maps.Clone(version.content)
		maps.DeleteFunc(content, func(_ string, value any) bool { return value == false || isEmptyList(value) })
		versions[name] = content
	}
	if spec == nil {
		return nil
	}
	spec["versions"] = versions
	if spec["preserveUnknownFields"] == false {
		delete(spec, "preserveUnknownFields")
	}
	if textAt(definition, "spec", "conversion", "strategy") == "None" {
		delete(spec, "conversion")
	}
	names := maps.Clone(mapAt(definition, "spec", "names"))
	kind, _ := names["kind"].(string)
	maps.DeleteFunc(names, func(name string, value any) bool {
		return isEmptyList(value) || name == "singular" && value == strings.ToLower(kind) || name == "listKind" && value == kind+"List"
	})
	spec["names"] = names
	return spec
}

type crdComparison struct {
	before, after map[string]any
	object        *ObjectReference
	// versionsA and versionsB are the versions by name, with their places in the list.
	versionsA, versionsB map[string]crdVersion
	changes              []Change
}

func newCRDComparison(before, after map[string]any) *crdComparison {
	reference := referenceOf(after)
	return &crdComparison{
		before: before, after: after, object: &reference,
		versionsA: crdVersions(before), versionsB: crdVersions(after),
	}
}

func (c *crdComparison) emit(code Code, effect Effect, field string, before, after any, format string, arguments ...any) {
	c.changes = append(c.changes, Change{
		Code: code, Area: AreaCRDs, Effect: effect, Object: c.object, Field: field, Before: before, After: after,
		Message: fmt.Sprintf(format, arguments...), Side: SideB,
		pathA: versionPath(field, c.versionsA), pathB: versionPath(field, c.versionsB),
	})
}

// versionPath is the path of a field with the place of a version for its name, as far
// as there is one.
func versionPath(field string, versions map[string]crdVersion) []any {
	path := diagnostic.ParseFieldPath(field)
	for i, element := range path {
		text, _ := element.(string)
		if name, ok := strings.CutPrefix(text, "name="); ok {
			version, known := versions[name]
			if !known {
				return path[:i]
			}
			path[i] = version.index
		}
	}
	return path
}

func (c *crdComparison) scope() {
	before, after := textAt(c.before, "spec", "scope"), textAt(c.after, "spec", "scope")
	if before != after {
		c.emit(CRDScopeChanged, Breaking, "spec.scope", before, after, "the scope is %s where it was %s: the API server refuses that", after, before)
	}
}

func (c *crdComparison) names() {
	for _, name := range []string{"kind", "plural", "singular", "listKind"} {
		before, after := textAt(c.before, "spec", "names", name), textAt(c.after, "spec", "names", name)
		if before == after || (name == "singular" || name == "listKind") && (before == "" || after == "") {
			continue // these have defaults
		}
		c.emit(CRDNamesChanged, Breaking, "spec.names."+name, before, after, "the %s is %s where it was %s: clients and stored objects use the old one", name, show(after), show(before))
	}
	before, after := textAt(c.before, "spec", "group"), textAt(c.after, "spec", "group")
	if before != after {
		c.emit(CRDNamesChanged, Breaking, "spec.group", before, after, "the group is %s where it was %s", show(after), show(before))
	}
	for _, name := range []string{"shortNames", "categories"} {
		before, after := listAt(c.before, "spec", "names", name), listAt(c.after, "spec", "names", name)
		field := "spec.names." + name
		if gone := missing(before, after); len(gone) > 0 {
			c.emit(CRDShortNamesChanged, Notable, field, before, after, "gone from the %s: %s", name, quoteAll(gone, show))
		} else if added := missing(after, before); len(added) > 0 {
			c.emit(CRDShortNamesChanged, Compatible, field, before, after, "new among the %s: %s", name, quoteAll(added, show))
		}
	}
}

// converts reports whether a webhook converts between the versions.
func (c *crdComparison) converts(definition map[string]any) bool {
	return textAt(definition, "spec", "conversion", "strategy") == "Webhook"
}

func (c *crdComparison) conversion() {
	before, after := c.converts(c.before), c.converts(c.after)
	switch {
	case before && !after && len(c.versionsB) > 1:
		c.emit(CRDConversionChanged, Breaking, "spec.conversion.strategy", "Webhook", "None", "nothing converts between the versions any more")
	case before && !after:
		c.emit(CRDConversionChanged, Notable, "spec.conversion.strategy", "Webhook", "None", "nothing converts between versions any more; there is only one")
	case !before && after:
		c.emit(CRDConversionChanged, Notable, "spec.conversion.strategy", "None", "Webhook", "a webhook converts between the versions: without it no object can be read")
	case after && !equal(valueAt(c.before, "spec", "conversion"), valueAt(c.after, "spec", "conversion")):
		c.emit(CRDConversionChanged, Notable, "spec.conversion", nil, nil, "another webhook converts between the versions")
	}
}

// referenceOf names an object that is a plain value.
func referenceOf(content map[string]any) ObjectReference {
	reference := ObjectReference{
		APIVersion: textAt(content, "apiVersion"), Kind: textAt(content, "kind"),
		Namespace: textAt(content, "metadata", "namespace"), Name: textAt(content, "metadata", "name"),
	}
	if reference.Name == "" {
		if prefix := textAt(content, "metadata", "generateName"); prefix != "" {
			reference.Name = prefix + "*"
		}
	}
	return reference
}
