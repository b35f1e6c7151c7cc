package compare

import (
	"fmt"
	"maps"
	"slices"
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
// their order means nothing.
func unorderedSpec(definition map[string]any) map[string]any {
	spec := maps.Clone(mapAt(definition, "spec"))
	versions := map[string]any{}
	for name, version := range crdVersions(definition) {
		versions[name] = version.content
	}
	if spec != nil {
		spec["versions"] = versions
	}
	return spec
}

type crdComparison struct {
	before, after map[string]any
	object        *ObjectReference
	// versionsA and versionsB are the versions by name, with their places in the list.
	versionsA, versionsB map[string]crdVersion
	changes              []Change
}

type crdVersion struct {
	name  string
	index int
	// content has the fields of the version; its schema may be that of the whole
	// definition, as in v1beta1.
	content         map[string]any
	served, storage bool
	schema          map[string]any
	subresources    map[string]any
	// schemaPath is where the schema stands in the definition.
	schemaPath []any
}

func newCRDComparison(before, after map[string]any) *crdComparison {
	reference := referenceOf(after)
	return &crdComparison{
		before: before, after: after, object: &reference,
		versionsA: crdVersions(before), versionsB: crdVersions(after),
	}
}

func crdVersions(definition map[string]any) map[string]crdVersion {
	versions := map[string]crdVersion{}
	for i, item := range listAt(definition, "spec", "versions") {
		content, ok := item.(map[string]any)
		if !ok {
			continue
		}
		version := crdVersion{
			name: textAt(content, "name"), index: i, content: content,
			served: boolAt(content, "served"), storage: boolAt(content, "storage"),
			schema:       mapAt(content, "schema", "openAPIV3Schema"),
			subresources: mapAt(content, "subresources"),
			schemaPath:   []any{"spec", "versions", i, "schema", "openAPIV3Schema"},
		}
		if version.schema == nil {
			version.schema = mapAt(definition, "spec", "validation", "openAPIV3Schema")
			version.schemaPath = []any{"spec", "validation", "openAPIV3Schema"}
		}
		versions[version.name] = version
	}
	return versions
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

// versions compares the versions that one or both have.
func (c *crdComparison) versions() {
	var storedA, storedB string
	for _, name := range either(c.versionsA, c.versionsB) {
		before, wasThere := c.versionsA[name]
		after, isThere := c.versionsB[name]
		if before.storage {
			storedA = name
		}
		if after.storage {
			storedB = name
		}
		switch {
		case !wasThere:
			c.versionAdded(after)
		case !isThere:
			c.versionRemoved(before)
		default:
			c.version(before, after)
		}
	}
	_, kept := c.versionsB[storedA]
	if storedA != storedB && storedA != "" && storedB != "" && kept {
		c.emit(CRDStorageVersionChanged, Notable, "spec.versions", storedA, storedB,
			"objects are stored as %s where they were stored as %s: rewrite those that are there before %s goes away", storedB, storedA, storedA)
	}
}

func (c *crdComparison) versionRemoved(gone crdVersion) {
	defer func() { c.changes[len(c.changes)-1].Side = SideA }()
	field := fieldText([]any{"spec", "versions", itemKey("name=" + gone.name)})
	stored := gone.storage || slices.Contains(textsAt(c.before, "status", "storedVersions"), gone.name)
	switch {
	case stored:
		c.emit(CRDStoredVersionRemoved, Breaking, field, gone.name, nil, "the version %s is gone, in which objects are stored: the API server refuses that while any are", gone.name)
	case gone.served:
		c.emit(CRDVersionRemoved, Breaking, field, gone.name, nil, "the version %s is gone, which clients may use", gone.name)
	default:
		c.emit(CRDVersionRemoved, Notable, field, gone.name, nil, "the version %s is gone, which was not served any more; the API server refuses that while objects are stored in it", gone.name)
	}
}

func (c *crdComparison) versionAdded(added crdVersion) {
	field := fieldText([]any{"spec", "versions", itemKey("name=" + added.name)})
	c.emit(CRDVersionAdded, Compatible, field, nil, added.name, "the version %s is new", added.name)
	if c.converts(c.after) || !added.served {
		return
	}
	// Without conversion objects are handed out under the new version as they are.
	for _, name := range either(c.versionsA, nil) {
		stored := c.versionsA[name]
		if !stored.storage || stored.schema == nil || added.schema == nil {
			continue
		}
		var reasons []string
		for _, change := range c.compareSchemas(stored, added) {
			if change.Effect == Breaking {
				reasons = append(reasons, strings.TrimPrefix(string(change.Code), string(crdFlavor))+" "+change.Field)
			}
		}
		if len(reasons) > 0 {
			c.emit(CRDUnconverted, Breaking, field, nil, nil,
				"the version %s differs from %s, in which objects are stored, and nothing converts them: %s", added.name, stored.name,
				quoteAll(reasons, func(reason string) string { return reason }))
		}
	}
}

// version compares a version that both have.
func (c *crdComparison) version(before, after crdVersion) {
	path := []any{"spec", "versions", itemKey("name=" + after.name)}
	field := func(names ...any) string { return fieldText(extend(path, names...)) }
	switch {
	case before.served && !after.served:
		c.emit(CRDVersionNotServed, Breaking, field("served"), true, false, "the version %s is not served any more", after.name)
	case !before.served && after.served:
		c.emit(CRDVersionServed, Compatible, field("served"), false, true, "the version %s is served", after.name)
	}
	if !boolAt(before.content, "deprecated") && boolAt(after.content, "deprecated") {
		c.emit(CRDVersionDeprecated, Notable, field("deprecated"), nil, true, "the version %s is deprecated: its clients are warned", after.name)
	}
	if before.schema != nil && after.schema != nil {
		c.changes = append(c.changes, c.compareSchemas(before, after)...)
	}
	c.subresources(before, after)
	if !equal(before.content["additionalPrinterColumns"], after.content["additionalPrinterColumns"]) {
		c.emit(CRDColumnsChanged, Compatible, field("additionalPrinterColumns"), nil, nil, "kubectl prints other columns")
	}
	selectable := func(v crdVersion) []any { return listAt(v.content, "selectableFields") }
	if gone := missing(selectable(before), selectable(after)); len(gone) > 0 {
		c.emit(CRDSelectableChanged, Breaking, field("selectableFields"), nil, nil, "field selectors are refused that worked: %s", quoteAll(gone, show))
	} else if added := missing(selectable(after), selectable(before)); len(added) > 0 {
		c.emit(CRDSelectableChanged, Compatible, field("selectableFields"), nil, nil, "more field selectors work: %s", quoteAll(added, show))
	}
}

func (c *crdComparison) compareSchemas(before, after crdVersion) []Change {
	comparison := &schemaComparison{flavor: crdFlavor, area: AreaCRDs, root: after.schemaPath}
	if boolAt(c.before, "spec", "preserveUnknownFields") != boolAt(c.after, "spec", "preserveUnknownFields") {
		if boolAt(c.after, "spec", "preserveUnknownFields") {
			comparison.emit(schemaPlace{}, UnknownKeysAllowed, Compatible, nil, nil, "fields that the schema does not have are kept")
		} else {
			comparison.emit(schemaPlace{}, UnknownKeysRefused, Breaking, nil, nil, "fields that the schema does not have are dropped")
		}
	}
	place := schemaPlace{text: []any{after.name}}
	comparison.compare(place, parseSchema(before.schema), parseSchema(after.schema))
	for i := range comparison.changes {
		comparison.changes[i].Object = c.object
		path := comparison.changes[i].pathB
		comparison.changes[i].pathA = slices.Concat(before.schemaPath, path[len(after.schemaPath):])
	}
	return comparison.changes
}

func (c *crdComparison) subresources(before, after crdVersion) {
	subresources := func(v crdVersion) map[string]any {
		if v.subresources != nil {
			return v.subresources
		}
		return map[string]any{}
	}
	a, b := subresources(before), subresources(after)
	for _, name := range either(a, b) {
		field := fieldText([]any{"spec", "versions", itemKey("name=" + after.name), "subresources", name})
		_, wasThere := a[name]
		_, isThere := b[name]
		switch {
		case !isThere:
			c.emit(CRDSubresourceRemoved, Breaking, field, nil, nil, "the subresource %s is gone: requests to it fail", name)
		case !wasThere && name == "status":
			c.emit(CRDSubresourceAdded, Notable, field, nil, nil, "there is a subresource status: a status that is written with the object is dropped")
		case !wasThere:
			c.emit(CRDSubresourceAdded, Compatible, field, nil, nil, "there is a subresource %s", name)
		case !equal(a[name], b[name]):
			c.emit(CRDSubresourceChanged, Notable, field, a[name], b[name], "the subresource %s works on other fields", name)
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
