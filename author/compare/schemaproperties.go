package compare

import (
	"slices"

	"github.com/packstage/packstage/internal/schema"
)

// properties compares the properties that one or both have.
func (c *schemaComparison) properties(at schemaPlace, a, b *schema.Schema) {
	for _, name := range either(a.Properties, b.Properties) {
		before, after := a.Properties[name], b.Properties[name]
		place := at.property(name)
		place.required = slices.Contains(b.Required, name)
		switch {
		case before == nil:
			c.propertyAdded(place, a, after)
		case after == nil:
			c.propertyRemoved(place, b, before)
		default:
			c.required(place, slices.Contains(a.Required, name), after)
			c.compare(place, before, after)
		}
	}
	// A key may be required that only additionalProperties describe.
	for _, name := range b.Required {
		_, known := b.Properties[name]
		if !known && !slices.Contains(a.Required, name) {
			place := at.property(name)
			c.emit(place, RequiredAdded, Breaking, nil, nil, "is required now: what does not have it is refused")
		}
	}
}

func (c *schemaComparison) propertyAdded(at schemaPlace, parent, added *schema.Schema) {
	at.sensitive = at.sensitive || added.Sensitive
	described := typeName(added)
	switch {
	case at.required && added.Default == nil:
		c.emit(at, RequiredPropertyAdded, Breaking, nil, nil, "is new and required, without a default: what does not have it is refused")
		return
	case at.required && c.flavor == crdFlavor:
		c.emit(at, RequiredPropertyAdded, Breaking, nil, nil, "is new and required: OLM refuses such an upgrade, though the default %s fills it in", c.shown(at, added.Default))
		return
	case additionalSchema(parent) != nil:
		c.emit(at, PropertyAdded, Notable, nil, nil, "is described by itself now (%s), where it was a value of the map like all others", described)
		c.compare(at, additionalSchema(parent), added)
		return
	case allowsUnknown(parent):
		c.emit(at, PropertyAdded, Notable, nil, nil, "is described now (%s): a key of this name, which was taken whatever it held, is checked", described)
		return
	}
	c.emit(at, PropertyAdded, Compatible, nil, nil, "is new (%s) and may be left out", described)
}

func (c *schemaComparison) propertyRemoved(at schemaPlace, parent, removed *schema.Schema) {
	at.sensitive = at.sensitive || removed.Sensitive
	switch {
	case additionalSchema(parent) != nil:
		c.emit(at, PropertyRemoved, Notable, nil, nil, "is not described by itself any more: it is a value of the map like all others")
		c.compare(at, removed, additionalSchema(parent))
	case allowsUnknown(parent):
		c.emit(at, PropertyRemoved, Notable, nil, nil, "is not described any more; the key is taken unchecked, without its default")
	case c.flavor == crdFlavor:
		c.emit(at, PropertyRemoved, Breaking, nil, nil, "is gone: stored objects lose it, and clients that set it are not heard")
	default:
		c.emit(at, PropertyRemoved, Breaking, nil, nil, "is gone: a configuration that sets it is refused")
	}
}

// required compares whether a property, which both have, has to be there.
func (c *schemaComparison) required(at schemaPlace, before bool, after *schema.Schema) {
	switch {
	case before && !at.required:
		c.emit(at, RequiredRemoved, Compatible, nil, nil, "may be left out now")
	case !before && at.required && after.Default == nil:
		c.emit(at, RequiredAdded, Breaking, nil, nil, "is required now, without a default: what does not have it is refused")
	case !before && at.required && c.flavor == crdFlavor:
		c.emit(at, RequiredAdded, Breaking, nil, nil, "is required now: OLM refuses such an upgrade, though a default fills it in")
	case !before && at.required:
		c.emit(at, RequiredAdded, Compatible, nil, nil, "is required now, and its default fills it in")
	}
}
