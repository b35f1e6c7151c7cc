package chart

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/packstage/packstage/author/scaffold"
)

// A parameter is something that a chart is rendered with and that may become an
// expression: a value, or the name or namespace of the release.
type parameter struct {
	// name is how people call it: "image.tag", "the name of the release".
	name string
	// path leads to the value; nil for facts of the release.
	path []string
	// asked says that the user wants this value to be configuration.
	asked bool
	// base is the value of the import. empty is one that is not truthy, if there is one.
	base     any
	empty    any
	hasEmpty bool
	// tried are two truthy values that are told apart from everything else; a boolean has
	// only one.
	tried []any
	// expression reads the parameter in a template.
	expression string
	// set changes a release.
	set func(*Release, any)
	// property is the configuration property that it becomes; nil for facts of the release.
	property *scaffold.Property
	// stated is the schema of the property without what was found out about it.
	stated map[string]any
	// adopted says that the default of the property is what the chart has in the place of
	// an empty base.
	adopted bool
	// sensitive says that a Secret holds the value.
	sensitive bool
}

// reset takes back what one attempt found out about the parameter.
func (p *parameter) reset() {
	p.adopted, p.sensitive = false, false
	if p.property != nil {
		p.property.Default = p.base
		p.property.Schema = p.stated
	}
}

// varies reports whether truthy values show up in objects: not of booleans, which
// only turn something on and off.
func (p *parameter) varies() bool { return len(p.tried) == 2 }

// truth is the CEL expression that says whether the value is truthy.
func (p *parameter) truth(wanted bool) string {
	read := "config"
	for _, key := range p.path {
		if isCELName(key) {
			read += "." + key
		} else {
			read += "[" + strconv.Quote(key) + "]"
		}
	}
	compare := map[bool]string{true: "!=", false: "=="}[wanted]
	switch p.base.(type) {
	case bool:
		if wanted {
			return read
		}
		return "!" + read
	case string:
		return read + " " + compare + ` ""`
	case []any, map[string]any:
		if wanted {
			return "size(" + read + ") > 0"
		}
		return "size(" + read + ") == 0"
	default:
		return read + " " + compare + " 0"
	}
}

// celReserved are words that cannot follow a dot in CEL.
var celReserved = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
	"namespace", "null", "package", "return", "true", "var", "void", "while",
}

func isCELName(key string) bool {
	for i, r := range key {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return key != "" && !slices.Contains(celReserved, key)
}

func (p *parameter) schema() map[string]any {
	if p.property == nil {
		return nil
	}
	return p.property.Schema
}

func (p *parameter) schemaList(keyword string) ([]any, bool) {
	list, ok := p.schema()[keyword].([]any)
	return list, ok
}

// described names the parameter in a sentence.
func (p *parameter) described() string {
	if p.property == nil {
		return p.name
	}
	return fmt.Sprintf("the value %s of the chart", p.name)
}
