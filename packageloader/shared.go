package packageloader

import "github.com/packstage/packstage/internal/celenv"

// Shared is what compiled packages can have in common: the environments in which
// conditions and the rules of configuration schemas are compiled. They hold more memory
// than a small package, about 150 KB, and making them takes about as long as compiling
// one. A program that holds many packages, such as a controller, makes one Shared and
// gives it to each [Compile] in [Options]; what packages render to does not depend on it.
//
// It is immutable and safe for concurrent use, and holds nothing of any package.
type Shared struct{ cel *celenv.Base }

// NewShared returns a Shared whose parts are made when a package first needs them.
func NewShared() *Shared { return &Shared{cel: celenv.NewBase()} }
