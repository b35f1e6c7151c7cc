package matrix

import (
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// Origin is where a case comes from.
type Origin int

const (
	// FromManifest is an entry of test.template in the manifest.
	FromManifest Origin = iota
	// FromFile is an entry of .packstage/test.yaml.
	FromFile
	// FromDefaults is what a package without cases is rendered with: an empty
	// configuration, once in each scope.
	FromDefaults
)

// String returns the origin in words.
func (o Origin) String() string {
	switch o {
	case FromManifest:
		return "manifest"
	case FromFile:
		return "file"
	default:
		return "defaults"
	}
}

// Case is one render of a package. It is read-only.
type Case struct {
	// Name is unique in its suite: that of the entry, and behind a slash that of
	// the environment, where the case is one of the matrix.
	Name string
	// Test is the name of the entry, and Environment that of the environment; it
	// is empty for the entry as it is written.
	Test, Environment string
	Origin            Origin
	// Context is what the package is rendered with.
	Context packagetypes.Context
	// Golden is the folder of the golden files below [Suite.Author], or empty where
	// the case has none: of the cases of one entry only the one without an
	// environment has golden files, and the name of an entry in the manifest may be one
	// that no folder can have. The folder of one case may lie in that of another.
	Golden string
	// Error is how the render must fail; nil means that it must work.
	Error *ExpectedError
	// Assertions must hold for what is rendered: first those for all cases.
	Assertions []Assertion
	// Position is where the case is written; of defaults that is the manifest.
	Position diagnostic.Position
}

// ExpectedError says how a render must fail. At least one field is set.
type ExpectedError struct {
	// Code of one of the findings.
	Code diagnostic.Code `json:"code"`
	// Contains is a part of the message, the hint or the field of that finding.
	Contains string `json:"contains"`
}

// Assertion is a condition that a rendered package must meet.
type Assertion struct {
	// That is the condition, in CEL.
	That string `json:"that"`
	// Message says what is wrong where it does not hold; it may be empty.
	Message string `json:"message"`
	// Position is where it is written.
	Position diagnostic.Position `json:"-"`
}
