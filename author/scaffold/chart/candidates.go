package chart

import (
	"slices"
	"strings"
)

// candidates are truthy values to try, best first: those that are found again wherever
// they show, then those that look like the base, for charts that take a value apart.
func (p *parameter) candidates(number int) []any {
	if enum, ok := p.schemaList("enum"); ok {
		return slices.DeleteFunc(slices.Clone(enum), func(value any) bool { return !truthy(value) })
	}
	return candidatesLike(p.base, p.schema(), number)
}

func candidatesLike(base any, schema map[string]any, number int) []any {
	mark := marks(number)
	switch base := base.(type) {
	case string:
		values := []any{"zqa" + mark + "zq", "zqbx" + mark + "yzq"}
		if base != "" {
			values = append(values, shifted(base, 3), shifted(base, 5))
		}
		return values
	case int64:
		low, high := bounds(schema)
		values := []any{}
		for _, value := range []int64{20011 + int64(number)*17, 30029 + int64(number)*19, base + 2 + int64(number), base + 31 + int64(number), base + 1, base + 2, base - 1, base - 2} {
			if value != 0 && low <= value && value <= high {
				values = append(values, value)
			}
		}
		return values
	case float64:
		return []any{base + 0.125 + float64(number), base + 0.375 + float64(number)}
	case []any:
		return listCandidates(base, schema, number)
	case map[string]any:
		values := []any{
			map[string]any{"zqa" + mark: "zqv" + mark},
			map[string]any{"zqb" + mark: "zqw" + mark + "x", "zqc" + mark: "zqy" + mark},
		}
		return values
	}
	return nil
}

// listCandidates are lists of items as the list has them, or as its schema says, or of
// text and of mappings where nothing is known.
func listCandidates(base []any, schema map[string]any, number int) []any {
	var like any
	items, _ := schema["items"].(map[string]any)
	switch {
	case len(base) > 0:
		like = base[0]
	case items["type"] == "string":
		like = ""
	case items["type"] == "integer":
		like = int64(0)
	}
	if like == nil {
		mark := marks(number)
		return []any{
			[]any{map[string]any{"name": "zqa" + mark}}, []any{map[string]any{"name": "zqb" + mark}, map[string]any{"name": "zqc" + mark}},
			[]any{"zqa" + mark}, []any{"zqb" + mark + "x", "zqc" + mark},
		}
	}
	return []any{
		[]any{marked(like, number*10+1)},
		[]any{marked(like, number*10+2), marked(like, number*10+3)},
	}
}

// marked is a value of the same shape with other scalars.
func marked(like any, number int) any {
	switch like := like.(type) {
	case map[string]any:
		result := map[string]any{}
		for key, value := range like {
			result[key] = marked(value, number)
		}
		return result
	case []any:
		result := make([]any, len(like))
		for i, item := range like {
			result[i] = marked(item, number)
		}
		return result
	case string:
		return "zql" + marks(number)
	case int64:
		return like + 7 + int64(number)
	default:
		return like
	}
}

// marks writes a number in letters: nothing that looks like a number in YAML.
func marks(number int) string {
	text := ""
	for {
		text = string(rune('a'+number%20)) + text
		if number /= 20; number == 0 {
			return strings.Repeat("k", max(0, 2-len(text))) + text
		}
	}
}

// shifted changes the digits of a text and leaves its shape: "100m" becomes "433m".
func shifted(text string, by int) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return r
		}
		return '1' + (r-'0'+rune(by))%9
	}, text)
}

func bounds(schema map[string]any) (low, high int64) {
	low, high = -1<<62, 1<<62
	if value, ok := schema["minimum"].(int64); ok {
		low = value
		if schema["exclusiveMinimum"] == true {
			low++
		}
	}
	if value, ok := schema["maximum"].(int64); ok {
		high = value
		if schema["exclusiveMaximum"] == true {
			high--
		}
	}
	return low, high
}

// emptyOf is the value of a kind that is not truthy, unless the schema forbids it.
func emptyOf(base any, schema map[string]any) (any, bool) {
	if _, ok := schema["enum"]; ok {
		return nil, false
	}
	switch base.(type) {
	case bool:
		return false, true
	case string:
		length, _ := schema["minLength"].(int64)
		_, pattern := schema["pattern"]
		return "", length == 0 && !pattern
	case int64:
		low, high := bounds(schema)
		return int64(0), low <= 0 && 0 <= high
	case []any:
		least, _ := schema["minItems"].(int64)
		return []any{}, least == 0
	case map[string]any:
		least, _ := schema["minProperties"].(int64)
		_, required := schema["required"]
		return map[string]any{}, least == 0 && !required
	}
	return nil, false
}
