package chart

import (
	"context"
	"errors"
)

// try finds values of the parameter that the chart renders with.
func (i *importer) try(ctx context.Context, p *parameter) error {
	i.tried++ // so that no two have the same trials
	var last error
	nulls := 0
	renders := func(value any) (bool, error) {
		objects, err := i.sampler.render(ctx, []*parameter{p}, assignment{value})
		var refused *RefusedError
		if err != nil && !errors.As(err, &refused) {
			return false, err
		}
		if err != nil {
			last = err
		}
		nulls = nullsIn(objects)
		return err == nil, nil
	}
	if _, isBool := p.base.(bool); isBool {
		p.tried = []any{true}
		p.empty, p.hasEmpty = false, true
		ok, err := renders(p.base != true)
		if err == nil && !ok {
			err = last
		}
		return err
	}
	for _, value := range p.candidates(i.tried) {
		ok, err := renders(value)
		if err != nil {
			return err
		}
		if ok {
			p.tried = append(p.tried, value)
		}
		if len(p.tried) == 2 {
			break
		}
	}
	if len(p.tried) < 2 {
		if last == nil {
			last = &RefusedError{Message: "its schema allows no other"}
		}
		return last
	}
	if p.hasEmpty && truthy(p.base) {
		if _, err := renders(p.base); err != nil {
			return err
		}
		before := nulls
		ok, err := renders(p.empty)
		if err != nil {
			return err
		}
		if _, isText := p.base.(string); !ok || isText && nulls > before {
			p.hasEmpty = false
			p.refuseEmpty()
		}
	}
	return nil
}

// refuseEmpty says in the schema what the chart said.
func (p *parameter) refuseEmpty() {
	schema := map[string]any{}
	for key, value := range p.stated {
		schema[key] = value
	}
	switch p.base.(type) {
	case string:
		schema["minLength"] = int64(1)
	case []any:
		schema["minItems"] = int64(1)
	case map[string]any:
		schema["minProperties"] = int64(1)
	}
	p.stated, p.property.Schema = schema, schema
}
