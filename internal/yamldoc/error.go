package yamldoc

import (
	"fmt"
	"strings"
)

// ErrorKind says why a document was refused.
type ErrorKind int

const (
	// Syntax is text that is no YAML, or that kubectl does not read.
	Syntax ErrorKind = iota
	// DuplicateKey is a mapping with two keys that are read as the same string.
	DuplicateKey
	// AliasLimit is a document whose aliases expand to more than
	// Options.MaxAliasNodes nodes, or to itself.
	AliasLimit
	// DepthLimit is a document that is nested deeper than Options.MaxDepth.
	DepthLimit
	// InvalidValue is a value that JSON cannot hold: NaN, an infinity, a key
	// that is null or a collection.
	InvalidValue
	// NotAMapping is a document for DecodeMap that is no mapping.
	NotAMapping
)

// String returns the kind in words.
func (k ErrorKind) String() string {
	switch k {
	case Syntax:
		return "syntax"
	case DuplicateKey:
		return "duplicate key"
	case AliasLimit:
		return "alias limit"
	case DepthLimit:
		return "depth limit"
	case InvalidValue:
		return "invalid value"
	case NotAMapping:
		return "not a mapping"
	default:
		return fmt.Sprintf("kind(%d)", int(k))
	}
}

// Error is why Decode refused a document. Every error of this package is one.
type Error struct {
	Kind ErrorKind
	// Line and Column are the place in the stream, both counted from 1, columns
	// in bytes; each is 0 where it is not known.
	Line, Column int
	// Key is the key of a DuplicateKey, as it is read.
	Key string
	// Message is one sentence without position and full stop.
	Message string
	// Hint says what to do about it; it may be empty.
	Hint string
}

// Error returns the position, as far as it is known, and the message.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d", e.Line)
		if e.Column > 0 {
			fmt.Fprintf(&b, ", column %d", e.Column)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	return b.String()
}
