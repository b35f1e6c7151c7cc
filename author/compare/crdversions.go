package compare

import (
	"slices"
	"strings"
)

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
	columns := func(v crdVersion) []any { return listAt(v.content, "additionalPrinterColumns") }
	if !slices.EqualFunc(columns(before), columns(after), equal) {
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
