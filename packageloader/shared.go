package packageloader

import (
	"github.com/packstage/packstage/internal/celenv"
	"github.com/packstage/packstage/validate"
)

// Shared is what compiled packages can have in common: the environments in which
// conditions and the rules of configuration schemas are compiled. They hold more memory
// than a small package, about 150 KB, and making them takes about as long as compiling
// one. A program that holds many packages, such as a controller, makes one Shared and
// gives it to each [Compile] in [Options]; what packages render to does not depend on it.
//
// It is immutable and safe for concurrent use, and holds nothing of any package.
type Shared struct {
	conditions celenv.Base
	config     validate.Shared
}

// NewShared returns a Shared whose parts are made when a package first needs them.
func NewShared() *Shared { return new(Shared) }
