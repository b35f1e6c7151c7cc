package chart

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
)

// narrow finds out which texts the chart changes when they are long or have capitals,
// and lets the schema refuse those.
func (p *proof) narrow(ctx context.Context) error {
	for i, parameter := range p.parameters {
		if err := p.narrowEnum(ctx, i, parameter); err != nil {
			return err
		}
		if _, isText := parameter.base.(string); !isText || parameter.property == nil || !parameter.varies() {
			continue
		}
		if _, ok := parameter.schemaList("enum"); ok {
			continue
		}
		if _, ok := parameter.stated["pattern"]; ok {
			continue
		}
		fits := func(text string) (bool, error) {
			if most, ok := parameter.stated["maxLength"].(int64); ok && int64(len(text)) > most {
				return true, nil
			}
			values := p.base()
			values[i] = text
			reason, err := p.differs(ctx, values)
			return reason == "", err
		}
		if err := p.narrowParameter(parameter, fits); err != nil {
			return err
		}
	}
	return nil
}

// narrowEnum proves all values of an enumeration, and takes those out for which the
// chart does more than what was found.
func (p *proof) narrowEnum(ctx context.Context, i int, parameter *parameter) error {
	enum, ok := parameter.schemaList("enum")
	if !ok || parameter.property == nil {
		return nil
	}
	var proven, others []any
	why := ""
	for _, value := range enum {
		values := p.base()
		values[i] = value
		reason, err := p.differs(ctx, values)
		if err != nil {
			return err
		}
		if reason == "" {
			proven = append(proven, value)
		} else {
			others, why = append(others, value), reason
		}
	}
	if len(others) == 0 {
		return nil
	}
	schema := maps.Clone(parameter.property.Schema)
	schema["enum"] = proven
	parameter.property.Schema = schema
	p.constrained = true
	p.notes = append(p.notes, scaffold.Decision{
		Topic: scaffold.TopicAttention, Field: "config." + parameter.name, Message: fmt.Sprintf("%s is not allowed", brief(others)),
		Reason: "the chart does more then than templates were found for: " + why,
	})
	return nil
}

func (p *proof) narrowParameter(text *parameter, fits func(string) (bool, error)) error {
	if ok, err := fits("zqUPzqMark"); err != nil || !ok {
		if err != nil {
			return err
		}
		return &unexplainedError{culprits: []*parameter{text}, reasons: map[*parameter]string{
			text: "the chart changes its letters, for example capitals",
		}}
	}
	for _, length := range []int{300, 253, 63, 52} {
		ok, err := fits("zq" + strings.Repeat("x", length-4) + "zq")
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if length < 300 {
			schema := maps.Clone(text.property.Schema)
			schema["maxLength"] = int64(length)
			text.property.Schema = schema
			p.constrained = true
		}
		return nil
	}
	return &unexplainedError{culprits: []*parameter{text}, reasons: map[*parameter]string{text: "the chart shortens it"}}
}
