package template

import (
	"fmt"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/Masterminds/sprig/v3"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// builder makes a function for an execution. Sprig is sprig's own function of
// that name, nil for others.
type builder func(e *execution, sprig any) any

// sprigFunctions are sprig's functions, read once and never changed.
var sprigFunctions = sync.OnceValue(sprig.GenericFuncMap)

// catalog finds a function by its name.
var catalog = sync.OnceValue(func() map[string]catalogEntry {
	byName := map[string]catalogEntry{}
	// Later ones win: sprig's slice hides that of text/template.
	for _, part := range [][]catalogEntry{builtinCatalog, formatCatalog, sprigCatalog} {
		for _, entry := range part {
			byName[entry.name] = entry
		}
	}
	return byName
})

// functionTable are the functions of one set.
type functionTable struct {
	host  map[string]any
	files *packagetypes.Files
}

func newFunctionTable(options Options) (*functionTable, diagnostic.Diagnostics) {
	t := &functionTable{host: map[string]any{}, files: options.Files}
	if t.files == nil {
		t.files = &packagetypes.Files{}
	}
	var found diagnostic.Diagnostics
	for _, f := range options.Functions {
		if problem := t.add(f); problem != "" {
			found = append(found, diagnostic.Diagnostic{
				Code: diagnostic.TemplateParse, Message: fmt.Sprintf("function %q cannot be added: %s", f.Name, problem),
			})
		}
	}
	return t, found
}

// add adds a host's function, or says why it cannot.
func (t *functionTable) add(f Function) string {
	_, known := catalog()[f.Name]
	_, twice := t.host[f.Name]
	kind := reflect.TypeOf(f.Implementation)
	errorType := reflect.TypeFor[error]()
	switch {
	case !token.IsIdentifier(f.Name), isKeyword(f.Name), strings.HasPrefix(f.Name, "packstage_"):
		return "the name is not one that templates can call"
	case known, twice:
		return "the name is taken"
	case kind == nil, kind.Kind() != reflect.Func, reflect.ValueOf(f.Implementation).IsNil():
		return "the implementation is not a func"
	case kind.NumOut() != 1 && (kind.NumOut() != 2 || kind.Out(1) != errorType):
		return "it must return one value, or a value and an error"
	case !f.Deterministic:
		return "it does not say that it is deterministic"
	}
	t.host[f.Name] = f.Implementation
	return ""
}

// public reports whether templates may call a function.
func (t *functionTable) public(name string) bool {
	if _, ok := t.host[name]; ok {
		return true
	}
	entry, ok := catalog()[name]
	return ok && (entry.build != nil || isBuiltin(name))
}

func isBuiltin(name string) bool {
	return slices.ContainsFunc(builtinCatalog, func(entry catalogEntry) bool { return entry.name == name })
}

// custom reports whether a function is the host's.
func (t *functionTable) custom(name string) bool {
	_, ok := t.host[name]
	return ok
}

// has reports whether a function is one that build makes; the others are
// text/template's own.
func (t *functionTable) has(name string) bool {
	return t.custom(name) || internalFunctions[name] != nil || catalog()[name].build != nil
}

var internalFunctions = map[string]builder{
	guardedPrint: buildGuardedPrint, checkedPrint: buildCheckedPrint, guardedValue: buildGuardedValue,
}

// build makes a function for an execution.
func (t *functionTable) build(name string, e *execution) any {
	if host, ok := t.host[name]; ok {
		return host
	}
	if build := internalFunctions[name]; build != nil {
		return build(e, nil)
	}
	return catalog()[name].build(e, sprigFunctions()[name])
}

// known returns the names of all functions that templates may call.
func (t *functionTable) known() []string {
	var names []string
	for name := range catalog() {
		if t.public(name) {
			names = append(names, name)
		}
	}
	for name := range t.host {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// unknown says what is wrong with calling a function that there is not.
func (t *functionTable) unknown(name string) (message, hint string) {
	if entry, ok := catalog()[name]; ok {
		return fmt.Sprintf("function %q is not available: it %s", name, strings.TrimPrefix(entry.note, "it ")),
			"a package renders the same on every machine, at every time"
	}
	message = fmt.Sprintf("function %q does not exist", name)
	if elsewhere, ok := helmFunctions[name]; ok {
		return message, elsewhere
	}
	if nearest, ok := diagnostic.Suggest(name, t.known()); ok {
		return message, fmt.Sprintf("did you mean %q?", nearest)
	}
	return message, ""
}

// helmFunctions are functions that authors know from Helm.
var helmFunctions = map[string]string{
	"toYaml":        `it is called "toYAML" here`,
	"fromYaml":      `it is called "fromYAML" here`,
	"fromYamlArray": `"fromYAML" reads lists too`,
	"fromJsonArray": `"fromJson" reads lists too`,
	"toToml":        "packages have no TOML",
	"fromToml":      "packages have no TOML",
	"required":      `declare the key as required in spec.config.openAPIV3Schema, or use "fail"`,
	"lookup":        "a package renders without a cluster; what it needs to know comes in its configuration",
	"tpl":           "templates cannot run text as a template; move it into a define and include it",
}
