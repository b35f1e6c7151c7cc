package kubernetes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// deepestSchema bounds how deep the lists and mappings of a JSON Schema may lie in one
// another: the time to compile one grows with more than the square of its depth.
const deepestSchema = 200

func checkDepth(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	for depth := 0; ; {
		token, err := decoder.Token()
		if err != nil {
			return nil //nolint:nilerr // the end, or what the compiler says better
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > deepestSchema {
				return fmt.Errorf("more than %d lists and mappings lie in one another", deepestSchema)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// mostEvaluations is how many schemas one value may be checked by.
const mostEvaluations = 100_000

// evaluations are the numbers of schemas that a value is checked by where it is checked
// by one: itself and those that it refers to or combines. A few lines of references to
// references can make it endless.
type evaluations map[*jsonschema.Schema]int

func (e evaluations) of(s *jsonschema.Schema) int {
	if s == nil {
		return 0
	}
	if known, ok := e[s]; ok {
		return known
	}
	e[s] = 0 // a loop is the library's to report
	count := 1
	add := func(schemas ...*jsonschema.Schema) {
		for _, other := range schemas {
			count = min(count+e.of(other), mostEvaluations+1)
		}
	}
	add(s.Ref, s.RecursiveRef, s.DynamicRef, s.Not, s.If, s.Then, s.Else)
	add(s.AllOf...)
	add(s.AnyOf...)
	add(s.OneOf...)
	e[s] = count
	// What the parts of the value are checked by bounds itself.
	for _, part := range parts(s) {
		if e.of(part) > mostEvaluations {
			e[s] = mostEvaluations + 1
		}
	}
	return e[s]
}

// parts are the schemas for the fields and items of a value.
func parts(s *jsonschema.Schema) []*jsonschema.Schema {
	all := slices.Collect(maps.Values(s.Properties))
	all = slices.AppendSeq(all, maps.Values(s.PatternProperties))
	for _, one := range []any{s.AdditionalProperties, s.Items} {
		switch one := one.(type) {
		case *jsonschema.Schema:
			all = append(all, one)
		case []*jsonschema.Schema:
			all = append(all, one...)
		}
	}
	return all
}
