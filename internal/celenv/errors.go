package celenv

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
)

// Error is what is wrong with an expression, or what went wrong in it.
type Error struct {
	// Expression is the source of the expression.
	Expression string
	// Line and Column are the place within the expression; both count from 1,
	// columns in bytes.
	Line, Column int
	// Message says what is wrong, without a full stop.
	Message string
	// Hint says what to do about it, where that can be said.
	Hint string
	// Err is a typed cause, where there is one.
	Err error
}

// Error returns the place and the message.
func (e *Error) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
}

// Unwrap returns the typed cause.
func (e *Error) Unwrap() error { return e.Err }

// CostError says that an evaluation costs more than the limit allows.
type CostError struct {
	// Max is the limit, in cel-go's cost units.
	Max int64
}

// Error names the limit.
func (e *CostError) Error() string {
	return fmt.Sprintf("costs more than the limit of %d", e.Max)
}

// compileError returns the first of the issues; those that follow are mostly its
// consequences.
func compileError(expression string, issues *cel.Issues) *Error {
	failure := &Error{Expression: expression, Line: 1, Column: 1, Message: issues.Err().Error()}
	if found := issues.Errors(); len(found) > 0 {
		failure.Message = strings.TrimSuffix(found[0].Message, " (in container '')")
		failure.place(found[0].Location.Line(), found[0].Location.Column())
	}
	failure.Hint = compileHint(failure.Message)
	return failure
}

// place sets line and column from cel-go's: lines from 1, columns in characters
// from 0.
func (e *Error) place(line, column int) {
	e.Line, e.Column = max(line, 1), 1
	lines := strings.Split(e.Expression, "\n")
	if line < 1 || line > len(lines) {
		return
	}
	rest := lines[line-1]
	for ; column > 0 && rest != ""; column-- {
		_, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		e.Column += size
	}
}

func compileHint(message string) string {
	switch {
	case strings.Contains(message, "reserved identifier: package"):
		return "the package's own metadata is not a variable here"
	case strings.Contains(message, "found no matching overload"):
		return "the types of the arguments do not fit; int(), double() and string() convert"
	case strings.Contains(message, "undeclared reference to"):
		return "functions: " + strings.Join(Libraries(), ", ")
	default:
		return ""
	}
}
