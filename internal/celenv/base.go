package celenv

import (
	"fmt"
	"sync"

	"github.com/google/cel-go/cel"

	"github.com/packstage/packstage/internal/schema"
)

// Base is what environments of one kind have in common: the language, its functions
// and the variables of conditions. That takes longer to make and holds more memory than
// a compiled expression, so whoever compiles for many packages keeps one. What is
// compiled is not part of it. The zero value is ready: it makes what is asked of it on
// the first use. It is safe for concurrent use.
type Base struct{ conditions, rules onceEnv }

// onceEnv is an environment that is made for who asks first.
type onceEnv struct {
	once sync.Once
	env  *cel.Env
	err  error
}

func (e *onceEnv) get(options func() []cel.EnvOption) (*cel.Env, error) {
	e.once.Do(func() { e.env, e.err = newEnv(options()...) })
	return e.env, e.err
}

// Conditions is [NewConditions] over this base.
func (b *Base) Conditions(costLimit int64) (*Conditions, error) {
	env, err := b.conditions.get(conditionOptions)
	if err != nil {
		return nil, err
	}
	return &Conditions{newEnvironment(env, costLimit)}, nil
}

// Rules is [NewRules] over this base.
func (b *Base) Rules(root *schema.Schema, costLimit int64) (*Rules, error) {
	base, err := b.rules.get(ruleOptions)
	if err != nil {
		return nil, err
	}
	declared := declare(root, base.CELTypeProvider())
	env, err := base.Extend(declared.option())
	if err != nil {
		return nil, fmt.Errorf("build CEL environment: %w", err)
	}
	return &Rules{base: env, costLimit: costLimit, declared: declared, nodes: map[ruleScope]*Environment{}}, nil
}
