package validate

import "github.com/packstage/packstage/internal/celenv"

// Shared is what compiled schemas can have in common: the environment in which their
// rules (x-kubernetes-validations) are compiled. Making it takes longer than compiling
// a small schema. A program that compiles many, such as a server that judges
// configurations, makes one Shared and gives it to each [CompileConfigSchema] in
// [ConfigSchemaOptions]; what schemas admit does not depend on it. For packages,
// packageloader.Shared has one in it.
//
// It is safe for concurrent use, and holds nothing of any schema.
type Shared struct{ cel celenv.Base }

// NewShared returns a Shared whose parts are made when a schema first has a rule.
func NewShared() *Shared { return new(Shared) }
