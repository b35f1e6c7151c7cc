package randompackage

import "fmt"

// property is one of a configuration's schema.
type property struct {
	name, kind string
	schema     map[string]any
	// always tells that templates find a value: there is a default, or it is required.
	always, required bool
	fields           []property // of what is or holds objects
	format           string     // of kind "formatted"
}

func (g *generator) someProperties(prefix string, count, depth int) []property {
	var all []property
	for i := range count {
		all = append(all, g.property(fmt.Sprintf("%s%d", prefix, i), depth))
	}
	return all
}

func (g *generator) property(name string, depth int) property {
	kinds := []string{"string", "choice", "integer", "big", "number", "boolean", "strings", "ports", "map", "any", "either", "nullable",
		"formatted", "joined", "secret", "object", "objects", "mapped"}
	if depth == 0 {
		kinds = kinds[:len(kinds)-3]
	}
	p := property{name: name, kind: g.pick(kinds...)}
	switch p.kind {
	case "string":
		p.schema = map[string]any{"type": "string", "maxLength": 20, "pattern": "^[a-z0-9.-]*$"}
		if g.oneIn(6) {
			p.schema["format"] = "password"
		}
	case "choice":
		p.schema = map[string]any{"type": "string", "enum": []any{"yes", "no", "1", "auto"}}
	case "integer":
		p.schema = map[string]any{"type": "integer", "minimum": 0, "maximum": 50}
	case "big":
		p.schema = map[string]any{"type": "integer", "format": "int64"}
	case "number":
		p.schema = map[string]any{"type": "number", "minimum": -100}
	case "boolean":
		p.schema = map[string]any{"type": "boolean"}
	case "strings":
		p.schema = map[string]any{"type": "array", "maxItems": 8, "items": map[string]any{"type": "string"}}
		if g.oneIn(2) {
			p.schema["x-kubernetes-list-type"] = "set"
		}
	case "ports":
		p.schema = map[string]any{
			"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": []any{"name"},
			"items": map[string]any{"type": "object", "required": []any{"name"}, "properties": map[string]any{
				"name": map[string]any{"type": "string"}, "port": map[string]any{"type": "integer", "default": 8080},
			}},
		}
	case "map":
		p.schema = map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}}
	case "any":
		p.schema = map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
	case "either":
		p.schema = map[string]any{"x-kubernetes-int-or-string": true}
	case "nullable":
		p.schema = map[string]any{"type": "string", "nullable": true}
	case "formatted":
		p.format = g.pick("ipv4", "date", "duration", "byte")
		p.schema = map[string]any{"type": "string", "format": p.format}
	case "joined":
		p.schema = g.joined()
	case "secret":
		p.schema = map[string]any{"type": "string", "x-packstage-sensitive": true, "minLength": 1}
	case "object":
		p.fields = g.someProperties(name+"f", 1+g.IntN(3), depth-1)
		p.schema = objectSchema(p.fields)
		p.schema["maxProperties"] = 40
	case "objects":
		p.fields = g.someProperties(name+"i", 1+g.IntN(3), depth-1)
		p.schema = map[string]any{"type": "array", "items": objectSchema(p.fields), "minItems": 0, "x-kubernetes-list-type": "atomic"}
	case "mapped":
		p.fields = g.someProperties(name+"m", 1+g.IntN(2), depth-1)
		p.schema = map[string]any{"type": "object", "additionalProperties": objectSchema(p.fields)}
	}
	g.whetherThere(&p)
	g.rule(&p)
	return p
}

// whetherThere gives a property a default, makes it required, or neither.
func (g *generator) whetherThere(p *property) {
	switch g.IntN(4) {
	case 0, 1:
		p.always = true
		if p.kind == "object" {
			for _, field := range p.fields {
				if field.required {
					p.always = false // an empty default would be refused
				}
			}
			if p.always {
				p.schema["default"] = map[string]any{}
			}
			return
		}
		p.schema["default"] = withoutNulls(g.value(*p), p.schema)
		if p.kind == "nullable" {
			p.schema["default"] = "text" // null is no default
		}
	case 2:
		p.required, p.always = true, true
	}
}

// rule adds a rule that most values keep.
func (g *generator) rule(p *property) {
	if !g.oneIn(3) {
		return
	}
	rule := ""
	switch p.kind {
	case "integer":
		rule = "self != 13"
	case "string", "choice":
		rule = g.pick("!self.endsWith('-')", "size(self) < 19")
	case "strings":
		rule = "self.all(x, x != 'forbidden')"
	case "map":
		rule = "!('forbidden' in self)"
	case "object":
		rule = "size(self) < 50"
		if len(p.fields) > 0 {
			rule = fmt.Sprintf("has(self.%s) || true", p.fields[0].name)
		}
	default:
		return
	}
	p.schema["x-kubernetes-validations"] = []any{map[string]any{"rule": rule, "message": "is not allowed"}}
}

func objectSchema(properties []property) map[string]any {
	fields := map[string]any{}
	var required []any
	for _, p := range properties {
		fields[p.name] = p.schema
		if p.required {
			required = append(required, p.name)
		}
	}
	schema := map[string]any{"type": "object", "properties": fields}
	if required != nil {
		schema["required"] = required
	}
	return schema
}

// value returns one that the schema of a property allows.
func (g *generator) value(p property) any {
	switch p.kind {
	case "string":
		return g.pick("", "web", "a-b.c", "0644", "1e3", "true-ish", "x")
	case "choice":
		return g.pick("yes", "no", "1", "auto")
	case "integer":
		if g.oneIn(4) {
			return 3.0 // becomes a whole number
		}
		if g.oneIn(4) {
			return 7 // of Go's own type
		}
		return g.pickInt(0, 1, 3, 7, 49)
	case "big":
		return g.pickInt(9007199254740993, 9223372036854775807, -9223372036854775808, 0, 1<<53)
	case "number":
		return []any{0.5, 1.0, 1e21, -2.25, int64(3), 1e-7, 3.0, 1e6, 123456789.0, 0.1}[g.IntN(10)]
	case "boolean":
		return g.oneIn(2)
	case "strings":
		return g.someOf("a", "b", "yes", "0x10", "ü", "<&>")
	case "ports":
		ports := []any{}
		for i, name := range g.someOf("http", "https", "metrics") {
			port := map[string]any{"name": name}
			if g.oneIn(2) {
				port["port"] = int64(9000 + i)
			}
			ports = append(ports, port)
		}
		return ports
	case "map":
		fields := map[string]any{}
		for i, key := range g.someOf("app", "tier", "no", "a.b/c", "~") {
			fields[fmt.Sprint(key)] = fmt.Sprint("v", i)
		}
		return fields
	case "any":
		return map[string]any{"deep": map[string]any{"list": []any{int64(1), "two", nil, map[string]any{"three": 3.5}}}, "on": g.oneIn(2)}
	case "either":
		if g.oneIn(2) {
			return g.pickInt(80, 8080)
		}
		return g.pick("http", "50%")
	case "nullable":
		if g.oneIn(3) {
			return "text"
		}
		return nil
	case "formatted":
		return map[string]string{"ipv4": "10.0.0.1", "date": "2024-02-29", "duration": "1h30m", "byte": "YWI="}[p.format]
	case "joined":
		return g.pickInt(2, 4, 8, 60)
	case "secret":
		return g.pick("hunter2", "a secret: with \"quotes\"")
	case "objects":
		items := []any{}
		for range g.IntN(4) {
			items = append(items, g.values(p.fields))
		}
		return items
	case "mapped":
		fields := map[string]any{}
		for _, key := range g.someOf("one", "two", "3") {
			fields[fmt.Sprint(key)] = g.values(p.fields)
		}
		return fields
	default:
		return g.values(p.fields)
	}
}

// joined returns a schema of several that a number has to fit together: 2, 4, 8 and
// 60 do.
func (g *generator) joined() map[string]any {
	schema := map[string]any{"type": "integer", "multipleOf": 2, "minimum": 0, "exclusiveMinimum": true, "maximum": 62, "exclusiveMaximum": true, "format": "int32"}
	switch g.IntN(4) {
	case 0:
		schema["oneOf"] = []any{map[string]any{"maximum": 10}, map[string]any{"minimum": 50}}
	case 1:
		schema["anyOf"] = []any{map[string]any{"maximum": 8}, map[string]any{"enum": []any{60}}}
	case 2:
		schema["allOf"] = []any{map[string]any{"minimum": 1}, map[string]any{"not": map[string]any{"enum": []any{30, 40}}}}
	case 3:
		schema["not"] = map[string]any{"minimum": 20, "maximum": 30}
	}
	return schema
}

// values returns a configuration with some of the properties.
func (g *generator) values(properties []property) map[string]any {
	values := map[string]any{}
	for _, p := range properties {
		switch {
		case p.required || g.oneIn(2):
			values[p.name] = g.value(p)
		case g.oneIn(8):
			values[p.name] = nil // as good as absent where the schema does not allow it
		}
	}
	return values
}

// withoutNulls leaves out what a default cannot have: a null is text where the schema
// allows both, which may be required, and as good as absent where it does not.
func withoutNulls(value any, schema map[string]any) any {
	switch value := value.(type) {
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		for key, field := range value {
			property, ok := properties[key].(map[string]any)
			if !ok {
				property, _ = schema["additionalProperties"].(map[string]any)
			}
			switch {
			case field != nil:
				withoutNulls(field, property)
			case property["nullable"] == true:
				value[key] = "text"
			default:
				delete(value, key)
			}
		}
	case []any:
		items, _ := schema["items"].(map[string]any)
		for _, item := range value {
			withoutNulls(item, items)
		}
	}
	return value
}

func (r random) pickInt(from ...int64) int64 { return from[r.IntN(len(from))] }

func (r random) someOf(from ...any) []any {
	some := []any{}
	for _, item := range from {
		if r.oneIn(2) {
			some = append(some, item)
		}
	}
	return some
}
