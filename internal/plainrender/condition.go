package plainrender

import (
	"errors"
	"fmt"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
)

// evaluateNamed evaluates the conditions of the manifest, each of which sees the
// earlier ones.
func (p *plain) evaluateNamed() error {
	p.named = map[string]bool{}
	for _, condition := range p.manifest.conditions {
		value, err := p.evaluate(condition.expression)
		if err != nil {
			return err
		}
		p.named[condition.key] = value
	}
	return nil
}

// keepFile evaluates the filters that match a file.
func (p *plain) keepFile(name string) (bool, error) {
	keep := true
	for _, filter := range p.manifest.paths {
		if !matches(filter.key, name) {
			continue
		}
		value, err := p.evaluate(filter.expression)
		if err != nil {
			return false, err
		}
		keep = keep && value
	}
	return keep, nil
}

func (p *plain) evaluate(expression string) (bool, error) {
	named := map[string]any{}
	for name, value := range p.named {
		named[name] = value
	}
	return evaluateCEL(expression, map[string]any{
		"config": deepCopy(p.config), "images": deepCopy(p.images), "dependencies": deepCopy(p.dependencies),
		"environment": p.environment(), "cond": named,
	})
}

// evaluateCEL compiles an expression and evaluates it.
func evaluateCEL(expression string, variables map[string]any) (bool, error) {
	options := []cel.EnvOption{cel.CrossTypeNumericComparisons(true), ext.Strings()}
	for name := range variables {
		options = append(options, cel.Variable(name, cel.DynType))
	}
	environment, err := cel.NewEnv(options...)
	if err != nil {
		return false, err
	}
	ast, issues := environment.Compile(expression)
	if issues.Err() != nil {
		return false, issues.Err()
	}
	program, err := environment.Program(ast)
	if err != nil {
		return false, err
	}
	value, _, err := program.Eval(variables)
	if err != nil {
		return false, fmt.Errorf("%s: %w", expression, err)
	}
	result, ok := value.Value().(bool)
	if !ok {
		return false, errors.New("a condition is neither true nor false")
	}
	return result, nil
}
