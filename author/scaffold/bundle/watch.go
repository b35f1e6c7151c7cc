package bundle

import (
	"strings"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/manifest"
)

const (
	watchProperty = "watchNamespaces"
	watchAllName  = "watchesAllNamespaces"
	// selectorTemplate is the name of the template with the selector of webhooks.
	selectorTemplate = "olm.watchedNamespaces"
)

// chooseWatch decides which namespaces are watched, by the install modes.
func (c *converter) chooseWatch() {
	modes := map[string]bool{}
	var names []string
	for _, mode := range list(c.csv, "spec", "installModes") {
		if supported, _ := mode["supported"].(bool); supported {
			modes[text(mode, "type")] = true
			names = append(names, text(mode, "type"))
		}
	}
	some := modes["SingleNamespace"] || modes["MultiNamespace"]
	c.watch = c.options.Watch
	if c.watch == WatchAuto {
		switch {
		case modes["AllNamespaces"] && some, !modes["AllNamespaces"] && !modes["OwnNamespace"] && some:
			c.watch = WatchChosen
		case !modes["AllNamespaces"] && modes["OwnNamespace"]:
			c.watch = WatchOwn
		default:
			c.watch = WatchAll
		}
	}
	reason := "the bundle supports " + strings.Join(names, ", ")
	switch c.watch {
	case WatchAll:
		c.decide(scaffold.TopicScope, "", "the operator watches all namespaces", reason)
	case WatchOwn:
		c.decide(scaffold.TopicScope, "", "the operator watches its own namespace", reason)
	case WatchChosen:
		c.decide(scaffold.TopicConfig, "", "the property "+watchProperty+" says which namespaces the operator watches", reason)
		c.addWatchProperty(modes)
	}
}

func (c *converter) addWatchProperty(modes map[string]bool) {
	schema := map[string]any{
		"type": "array", "maxItems": int64(100), "x-kubernetes-list-type": "set",
		"items": map[string]any{"type": "string", "maxLength": int64(63), "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
	}
	if !modes["MultiNamespace"] {
		schema["maxItems"] = int64(1)
	}
	property := scaffold.Property{
		Path: []string{watchProperty}, Schema: schema, Default: []any{},
		Description: "Namespaces that the operator watches; all where the list is empty.",
	}
	if modes["AllNamespaces"] || c.options.Watch == WatchChosen {
		c.input.Conditions = append(c.input.Conditions, manifest.NamedCondition{
			Name: watchAllName, Expression: "size(config." + watchProperty + ") == 0",
		})
	} else {
		schema["minItems"] = int64(1)
		property.Default = []any{"default"}
		property.Description = "Namespaces that the operator watches."
		c.decide(scaffold.TopicAttention, "", "the operator watches the namespace default unless it is told otherwise", "it cannot watch all namespaces")
	}
	c.input.Config = append(c.input.Config, property)
	c.input.Cases = append(c.input.Cases, scaffold.InputCase{Name: "one-namespace", Config: map[string]any{watchProperty: []any{"shop"}}})
}

// watchesAll tells whether the defaults watch all namespaces.
func (c *converter) watchesAll() bool {
	if c.watch != WatchChosen {
		return c.watch == WatchAll
	}
	namespaces, _ := c.input.Config[0].Default.([]any)
	return len(namespaces) == 0
}

// targets returns the value of the annotation olm.targetNamespaces with the defaults, and
// what stands in its place.
func (c *converter) targets() (value string, parts []scaffold.Part, form scaffold.Form) {
	switch c.watch {
	case WatchOwn:
		return c.namespace, []scaffold.Part{{Expression: scaffold.ConfigExpression("namespace")}}, scaffold.FormQuoted
	case WatchChosen:
		namespaces := texts(c.input.Config[0].Default)
		expression := `join "," ` + scaffold.ConfigExpression(watchProperty)
		return strings.Join(namespaces, ","), []scaffold.Part{{Expression: expression}}, scaffold.FormQuoted
	}
	return "", nil, scaffold.FormAuto
}
