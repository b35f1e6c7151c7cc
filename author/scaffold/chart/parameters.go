package chart

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
)

// parameters are the facts of the release and the values that are to become properties.
func (i *importer) parameters(ctx context.Context) ([]*parameter, error) {
	result := []*parameter{}
	for _, fact := range facts(i.sampler.base) {
		works := true
		for _, value := range fact.tried {
			_, err := i.sampler.render(ctx, []*parameter{fact}, assignment{value})
			var refused *RefusedError
			if err != nil && !errors.As(err, &refused) {
				return nil, err
			}
			works = works && err == nil
		}
		switch {
		case !works:
			i.decide(scaffold.TopicConfig, fmt.Sprintf("%s stays %s", fact.name, brief(fact.base)), "the chart does not render with another one")
		case fact.expression == nameExpression && fact.base != i.options.Scaffold.Name:
			i.decide(scaffold.TopicConfig, fmt.Sprintf("%s stays %s", fact.name, brief(fact.base)), "the package has another name")
		default:
			result = append(result, fact)
		}
	}
	i.schema.root = i.chart.Schema
	values := overlaid(i.chart.Values, i.options.Values)
	var paths [][]string
	var found diagnostic.Diagnostics
	asked := map[string]bool{}
	for _, text := range i.options.Config {
		path := splitPath(text)
		if _, ok := valueAt(values, path); !ok {
			found = append(found, unknownValue(text, values))
			continue
		}
		asked[strings.Join(path, "\x00")] = true
		paths = append(paths, path)
	}
	if len(found) > 0 {
		return nil, found
	}
	paths = append(paths, leaves(i.options.Values, nil)...)
	for number, path := range paths {
		if covered(paths[:number], path) || coveredLater(paths[number+1:], path) {
			continue
		}
		made, err := i.parametersAt(ctx, path, asked[strings.Join(path, "\x00")])
		if err != nil {
			return nil, err
		}
		result = append(result, made...)
	}
	return result, nil
}

func (i *importer) decide(topic scaffold.Topic, message, reason string) {
	i.decisions = append(i.decisions, scaffold.Decision{Topic: topic, Message: message, Reason: reason})
}

// covered reports whether one of the paths is the path or leads to it.
func covered(paths [][]string, path []string) bool {
	return slices.ContainsFunc(paths, func(other []string) bool {
		return len(other) <= len(path) && slices.Equal(other, path[:len(other)])
	})
}

// coveredLater reports whether one of the paths, other than the path itself, leads to it.
func coveredLater(paths [][]string, path []string) bool {
	return slices.ContainsFunc(paths, func(other []string) bool {
		return len(other) < len(path) && slices.Equal(other, path[:len(other)])
	})
}

// splitPath splits a path at dots that have no backslash in front, as helm does.
func splitPath(text string) []string {
	var path []string
	var key strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			key.WriteByte(text[i])
		case text[i] == '.':
			path = append(path, key.String())
			key.Reset()
		default:
			key.WriteByte(text[i])
		}
	}
	return append(path, key.String())
}

func unknownValue(text string, values map[string]any) diagnostic.Diagnostic {
	finding := diagnostic.Diagnostic{
		Code: diagnostic.ImportUnsupported, Position: diagnostic.Position{File: "values.yaml"},
		Message: fmt.Sprintf("the chart has no value %s", text),
	}
	var known []string
	for _, path := range leaves(values, nil) {
		for end := range path {
			if name := strings.Join(path[:end+1], "."); !slices.Contains(known, name) {
				known = append(known, name)
			}
		}
	}
	if near, ok := diagnostic.Suggest(text, known); ok {
		finding.Hint = fmt.Sprintf("did you mean %s?", near)
	} else {
		finding.Hint = "what becomes configuration has a value in values.yaml, or is given by -f or --set"
	}
	return finding
}

// parametersAt makes a parameter of a value; of a mapping that cannot be one, of all
// values in it.
func (i *importer) parametersAt(ctx context.Context, path []string, asked bool) ([]*parameter, error) {
	decided := len(i.decisions)
	p, err := i.parameter(ctx, path, asked)
	if err != nil {
		return nil, err
	}
	if p != nil {
		return []*parameter{p}, nil
	}
	base, _ := valueAt(overlaid(i.chart.Values, i.options.Values), path)
	values, ok := base.(map[string]any)
	if !ok || len(values) == 0 {
		return nil, nil
	}
	i.decisions = i.decisions[:decided]
	return i.below(ctx, values, path, asked)
}

// below makes parameters of all values in a mapping.
func (i *importer) below(ctx context.Context, values map[string]any, path []string, asked bool) ([]*parameter, error) {
	var result []*parameter
	for _, leaf := range leaves(values, path) {
		p, err := i.parameter(ctx, leaf, asked)
		if err != nil {
			return nil, err
		}
		if p != nil {
			result = append(result, p)
		}
	}
	return result, nil
}

// parameter makes a parameter of a value, with values that the chart renders with. It
// returns nil where there is none.
func (i *importer) parameter(ctx context.Context, path []string, asked bool) (*parameter, error) {
	values := overlaid(i.chart.Values, i.options.Values)
	base, _ := valueAt(values, path)
	lost := len(i.schema.lost)
	schema, described := i.schema.at(path)
	description := i.chart.Comments[strings.Join(path, ".")]
	switch {
	case i.chart.Schema != nil && described && len(schema) > 0:
		schema = i.schema.structural(schema, base, strings.Join(path, "."), 0)
		if text, ok := schema["description"].(string); ok {
			description = text
		}
		delete(schema, "description")
		delete(schema, "nullable") // null is the default, and charts take it for something else
	default:
		schema = plainSchema(base)
	}
	for _, keyword := range i.schema.lost[lost:] {
		i.decide(scaffold.TopicConfig, fmt.Sprintf("the schema loses %s", keyword), "schemas of packages are structural, as those of custom resources are")
	}
	if base == nil {
		base = zeroOf(schema)
	}
	p := newValue(path, base, schema, asked)
	p.property.Description = description
	if err := i.try(ctx, p); err != nil {
		var refused *RefusedError
		if !errors.As(err, &refused) {
			return nil, err
		}
		i.decide(scaffold.TopicConfig, fmt.Sprintf("%s stays %s", p.described(), brief(base)),
			"no other value could be tried: "+firstLine(refused.Message))
		return nil, nil
	}
	return p, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if len(line) > 200 {
		line = line[:200] + "..."
	}
	return line
}

// zeroOf is an empty value that fits a schema: null is no default.
func zeroOf(schema map[string]any) any {
	switch schema["type"] {
	case "boolean":
		return false
	case "integer":
		return int64(0)
	case "number":
		return float64(0)
	case "array":
		return []any{}
	case "object":
		return map[string]any{}
	}
	return ""
}
