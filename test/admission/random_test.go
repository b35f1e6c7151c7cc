package admission

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// generator makes schemas and values that fit them more or less. It keeps clear
// of what the table lists as deliberate differences: fractions in bounds, enums
// of mixed types, formats on lists.
type generator struct{ *rand.Rand }

func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

func (g generator) schema(depth int, root bool) map[string]any {
	kind := pick(g, "string", "integer", "number", "boolean", "object", "array", "map", "int-or-string", "preserve")
	if depth <= 0 {
		kind = pick(g, "string", "integer", "boolean", "int-or-string")
	}
	if root {
		kind = "object"
	}
	s := map[string]any{"type": kind}
	switch kind {
	case "string":
		g.text(s)
	case "integer":
		g.integer(s)
	case "object":
		g.object(s, depth, root)
	case "map":
		s["type"], s["additionalProperties"] = "object", g.schema(depth-1, false)
		if g.chance(20) {
			s["additionalProperties"] = g.chance(50)
		}
		if g.chance(30) {
			s["maxProperties"] = g.IntN(3)
		}
	case "array":
		g.array(s, depth)
	case "int-or-string":
		delete(s, "type")
		s["x-kubernetes-int-or-string"] = true
		if g.chance(30) {
			s["anyOf"] = []any{map[string]any{"type": "integer"}, map[string]any{"type": "string"}}
		}
	case "preserve":
		s["type"], s["x-kubernetes-preserve-unknown-fields"] = "object", true
		if g.chance(30) {
			delete(s, "type")
		} else if g.chance(50) {
			g.object(s, depth-1, false)
		}
	}
	if !root && g.chance(15) {
		s["nullable"] = true
	}
	if !root && g.chance(20) {
		s["default"] = g.value(s, 80)
	}
	if kind != "preserve" && g.chance(10) {
		s[pick(g, "anyOf", "oneOf", "allOf")] = []any{g.restriction(s), g.restriction(s)}
	}
	if kind != "preserve" && g.chance(7) {
		s["not"] = g.restriction(s)
	}
	if g.chance(2) { // something that Kubernetes refuses
		s[pick(g, "uniqueItems", "nullable", "x-kubernetes-embedded-resource")] = true
	}
	return s
}

func (g generator) text(s map[string]any) {
	if g.chance(20) {
		s["minLength"] = g.IntN(4)
	}
	if g.chance(20) {
		s["maxLength"] = g.IntN(4)
	}
	if g.chance(15) {
		s["pattern"] = pick(g, "^a", "b$", "^[a-c]*$", "(")
		if s["pattern"] == "(" && g.chance(80) {
			delete(s, "pattern")
		}
	}
	if g.chance(15) {
		s["enum"] = []any{"a", "b", "cc"}
	}
	if g.chance(10) {
		s["format"] = pick(g, "date", "ipv4", "byte", "duration", "nonsense", "int32")
	}
}

func (g generator) integer(s map[string]any) {
	if g.chance(25) {
		s["minimum"] = g.IntN(5) - 1
		if g.chance(30) {
			s["exclusiveMinimum"] = true
		}
	}
	if g.chance(25) {
		s["maximum"] = g.IntN(5)
	}
	if g.chance(10) {
		s["multipleOf"] = 1 + g.IntN(3)
	}
	if g.chance(10) {
		s["enum"] = []any{1, 2}
	}
	if g.chance(15) {
		s["format"] = pick(g, "int32", "int64", "date")
	}
}

func (g generator) object(s map[string]any, depth int, root bool) {
	properties := map[string]any{}
	for _, name := range []string{"a", "b", "c", "d-e"} {
		if g.chance(55) {
			properties[name] = g.schema(depth-1, false)
		}
	}
	if len(properties) > 0 {
		s["properties"] = properties
	}
	if g.chance(25) {
		s["required"] = []any{pick(g, "a", "b", "c")}
	}
	if g.chance(5) && !root {
		s["x-kubernetes-map-type"] = pick(g, "atomic", "granular", "bag")
	}
	if _, ok := properties["a"]; ok && g.chance(25) {
		s["x-kubernetes-validations"] = []any{map[string]any{"rule": pick(g, "has(self.a)", "!has(self.a)", "self.a == self.a", "size(self.a) > 1", "self.a > 1", "self.nope")}}
	}
}

func (g generator) array(s map[string]any, depth int) {
	items := g.schema(depth-1, false)
	s["items"] = items
	if g.chance(20) {
		s["minItems"] = g.IntN(2)
	}
	if g.chance(20) {
		s["maxItems"] = g.IntN(3)
	}
	if g.chance(30) {
		s["x-kubernetes-list-type"] = pick(g, "set", "atomic", "map")
		if s["x-kubernetes-list-type"] == "map" {
			s["x-kubernetes-list-map-keys"] = []any{pick(g, "a", "b")}
		}
	}
}

// restriction is a schema for a junctor.
func (g generator) restriction(s map[string]any) map[string]any {
	switch pick(g, 0, 1, 2, 3) {
	case 0:
		return map[string]any{"minLength": g.IntN(3), "minimum": g.IntN(3)}
	case 1:
		return map[string]any{"required": []any{pick(g, "a", "b")}}
	case 2:
		if properties, ok := s["properties"].(map[string]any); ok && properties["a"] != nil {
			return map[string]any{"properties": map[string]any{"a": map[string]any{"maxLength": 1, "maximum": 2}}}
		}
		return map[string]any{"maxItems": 1, "maxProperties": 1}
	default:
		return map[string]any{"not": map[string]any{"minLength": 2}}
	}
}

// value makes a value; fit is how often, in percent, each part is of the right
// kind.
func (g generator) value(s map[string]any, fit int) any {
	if s == nil || !g.chance(fit) {
		return pick[any](g, "x", 1, true, nil, map[string]any{"z": 1}, "a", 2.5, map[string]any{})
	}
	if s["x-kubernetes-int-or-string"] == true {
		return pick[any](g, "a", 1, 5, "bb")
	}
	if enum, ok := s["enum"].([]any); ok && g.chance(70) {
		return pick(g, enum...)
	}
	switch s["type"] {
	case "string":
		return pick[any](g, "", "a", "ab", "abc", "héé", "2024-01-01", "1.2.3.4", "1h", "YWJj")
	case "integer":
		return pick[any](g, 0, 1, 2, 3, -1, 6, 1<<40)
	case "number":
		return pick[any](g, 0, 1.5, 2, -1.25)
	case "boolean":
		return g.chance(50)
	case "array":
		items, _ := s["items"].(map[string]any)
		list := []any{}
		for range g.IntN(4) {
			list = append(list, g.value(items, fit))
		}
		return list
	case "object":
		return g.objectValue(s, fit)
	default:
		return pick[any](g, "x", 1, map[string]any{"z": []any{1}})
	}
}

func (g generator) objectValue(s map[string]any, fit int) any {
	object := map[string]any{}
	properties, _ := s["properties"].(map[string]any)
	for _, name := range []string{"a", "b", "c", "d-e"} {
		if property, ok := properties[name].(map[string]any); ok && g.chance(65) {
			object[name] = g.value(property, fit)
		}
	}
	if additional, ok := s["additionalProperties"].(map[string]any); ok {
		for _, name := range []string{"k", "l"} {
			if g.chance(50) {
				object[name] = g.value(additional, fit)
			}
		}
	}
	if g.chance(10) {
		object["unknown"] = g.value(nil, 0)
	}
	return object
}

// TestRandomSchemas runs generated schemas and values through both.
func TestRandomSchemas(t *testing.T) {
	const schemas, values = 3000, 6
	accepted, admitted, refused := 0, 0, 0
	for seed := range uint64(schemas) {
		g := generator{rand.New(rand.NewPCG(seed, 20261121))}
		content := g.schema(3, true)
		text, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		kubernetes, costly, rejected, err := Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		packstage, findings := validate.CompileConfigSchema(decode(t, text), validate.ConfigSchemaOptions{})
		if (kubernetes == nil) != (packstage == nil) && !onlyUncheckedDefaults(findings) {
			t.Errorf("seed %d: schema %s\n  Kubernetes %v costly %v\n  packstage  %v", seed, text, rejected, costly, findings)
		}
		if kubernetes == nil || packstage == nil {
			continue
		}
		accepted++
		for range values {
			valueText, err := json.Marshal(g.objectValue(content, 93))
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs := admitBoth(t, kubernetes, packstage, valueText)
			if ours != theirs {
				t.Errorf("seed %d: schema %s\n  value      %s\n  Kubernetes %s\n  packstage  %s", seed, text, valueText, theirs, ours)
			}
			if strings.HasPrefix(ours, "admitted") {
				admitted++
			} else {
				refused++
			}
		}
	}
	t.Logf("%d of %d schemas accepted; %d values admitted, %d refused", accepted, schemas, admitted, refused)
	if accepted < schemas/4 || admitted < schemas/2 || refused < schemas/2 {
		t.Error("the generator makes too little of something to be worth much")
	}
}

// onlyUncheckedDefaults reports whether packstage refuses a schema only for
// defaults that Kubernetes does not check: those below additionalProperties, the
// types of those of x-kubernetes-int-or-string, and repetitions in sets and maps.
func onlyUncheckedDefaults(findings diagnostic.Diagnostics) bool {
	faults := findings.WithSeverity(diagnostic.Error)
	return len(faults) > 0 && !slices.ContainsFunc(faults, func(d diagnostic.Diagnostic) bool {
		return d.Code != diagnostic.SchemaInvalidDefault ||
			!strings.Contains(d.Field, ".additionalProperties") && !strings.HasPrefix(d.Message, "must be an integer, a string or") &&
				!strings.HasPrefix(d.Message, "must be an integer or a string") && !strings.HasPrefix(d.Message, "must not repeat") &&
				!strings.HasPrefix(d.Message, "must not have the same")
	})
}

func admitBoth(t *testing.T, kubernetes *Schema, packstage *validate.ConfigSchema, text []byte) (ours, theirs string) {
	t.Helper()
	theirValue, _, faults := kubernetes.Admit(decode(t, text))
	ourValue, findings := packstage.Admit(decode(t, text), packagetypes.PruneUnknownConfig)
	theirs, ours = "admitted "+Canonical(theirValue), "admitted "+Canonical(ourValue)
	theirFields, summed := Fields(faults)
	var ourFields []string
	for _, finding := range findings {
		if summed && finding.Code == diagnostic.ConfigRuleFailed {
			// whether rules are still judged depends on the branch that Kubernetes
			// finds the most fitting
			continue
		}
		ourFields = append(ourFields, strings.TrimPrefix(strings.TrimPrefix(finding.Field, "config"), "."))
	}
	if len(faults) > 0 {
		theirs = fmt.Sprint("refused ", sorted(theirFields))
	}
	if len(findings) > 0 {
		ours = fmt.Sprint("refused ", sorted(ourFields))
		if summed && !slices.ContainsFunc(ourFields, func(field string) bool { return !slices.Contains(theirFields, field) }) {
			ours = theirs
		}
	}
	return ours, theirs
}
