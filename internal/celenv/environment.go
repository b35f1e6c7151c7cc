package celenv

import (
	"fmt"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"
)

// DefaultCostLimit is the cost that one evaluation may have where nothing else
// is said, in cel-go's units.
const DefaultCostLimit = 100_000

// interruptCheckFrequency is the number of rounds of a comprehension after which
// the context is looked at.
const interruptCheckFrequency = 100

// mostKept is how many compiled expressions an environment keeps.
const mostKept = 4096

// Options are the options of [New].
type Options struct {
	// Variables are the names of the variables. Their values are dynamic.
	Variables []string
	// CostLimit bounds the cost of one evaluation. Zero is [DefaultCostLimit].
	CostLimit int64
}

// Environment compiles expressions over fixed variables and keeps the results.
// It is safe for concurrent use.
type Environment struct {
	env       *cel.Env
	costLimit int64

	mutex    sync.RWMutex
	compiled map[string]compiled
}

type compiled struct {
	program *Program
	err     error
}

// New returns an environment.
func New(options Options) (*Environment, error) {
	var variables []cel.EnvOption
	for _, name := range options.Variables {
		variables = append(variables, cel.Variable(name, cel.DynType))
	}
	env, err := newEnv(variables...)
	if err != nil {
		return nil, err
	}
	return newEnvironment(env, options.CostLimit), nil
}

func newEnv(options ...cel.EnvOption) (*cel.Env, error) {
	env, err := cel.NewCustomEnv(append(baseOptions(), options...)...)
	if err != nil {
		return nil, fmt.Errorf("build CEL environment: %w", err)
	}
	return env, nil
}

func newEnvironment(env *cel.Env, costLimit int64) *Environment {
	if costLimit <= 0 {
		costLimit = DefaultCostLimit
	}
	return &Environment{env: env, costLimit: costLimit, compiled: map[string]compiled{}}
}

// baseOptions are the language and the functions of all environments.
func baseOptions() []cel.EnvOption {
	options := []cel.EnvOption{
		cel.StdLib(),
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.CostEstimatorOptions(checker.PresenceTestHasCost(false)),
		cel.ASTValidators(
			cel.ValidateDurationLiterals(),
			cel.ValidateTimestampLiterals(),
			cel.ValidateRegexLiterals(),
		),
	}
	return append(options, libraryOptions()...)
}

// Compile returns the program of an expression. The same expression is compiled
// once. The error is an [*Error].
func (e *Environment) Compile(expression string) (*Program, error) {
	e.mutex.RLock()
	known, ok := e.compiled[expression]
	e.mutex.RUnlock()
	if ok {
		return known.program, known.err
	}
	program, err := e.compile(expression)
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if known, ok := e.compiled[expression]; ok {
		return known.program, known.err
	}
	if len(e.compiled) >= mostKept {
		clear(e.compiled) // templates can make expressions without end
	}
	e.compiled[expression] = compiled{program, err}
	return program, err
}

func (e *Environment) compile(expression string) (*Program, error) {
	ast, issues := e.env.Compile(expression)
	if issues.Err() != nil {
		return nil, compileError(e.env, expression, issues)
	}
	program, err := e.env.Program(ast,
		cel.EvalOptions(cel.OptOptimize, cel.OptTrackCost),
		cel.CostLimit(uint64(e.costLimit)),
		cel.CostTracking(callCosts{}),
		cel.CostTrackerOptions(interpreter.PresenceTestHasCost(false)),
		cel.InterruptCheckFrequency(interruptCheckFrequency),
		cel.OptimizeRegex(regexOptimizations()...),
	)
	if err != nil {
		return nil, &Error{Expression: expression, Line: 1, Column: 1, Message: err.Error()}
	}
	return &Program{expression: expression, ast: ast, program: program, costLimit: e.costLimit}, nil
}

// resultType returns the type that an expression has, as far as it is known
// before it is evaluated.
func (p *Program) resultType() *types.Type { return p.ast.OutputType() }
