package celenv

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
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
func compileError(env *cel.Env, expression string, issues *cel.Issues) *Error {
	failure := &Error{Expression: expression, Line: 1, Column: 1, Message: issues.Err().Error()}
	if found := issues.Errors(); len(found) > 0 {
		failure.Message = strings.TrimSuffix(found[0].Message, " (in container '')")
		failure.place(found[0].Location.Line(), found[0].Location.Column())
	}
	if syntax, ok := strings.CutPrefix(failure.Message, "Syntax error: "); ok {
		// What the grammar would take instead is a list of all its tokens.
		syntax, _, _ = strings.Cut(syntax, " expecting {")
		failure.Message = "syntax error: " + strings.Replace(syntax, "token recognition error at:", "unknown operator", 1)
	}
	failure.Hint = failure.compileHint(env)
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

var undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'`)

func (e *Error) compileHint(env *cel.Env) string {
	if match := undeclared.FindStringSubmatch(e.Message); match != nil {
		if e.atName(match[1]) {
			return variableHint(env)
		}
		return "functions: " + strings.Join(Libraries(), ", ")
	}
	switch {
	case strings.Contains(e.Message, "reserved identifier: package"):
		return "the package's own metadata is not a variable here"
	case strings.Contains(e.Message, "found no matching overload"):
		return "the types of the arguments do not fit; int(), double() and string() convert"
	default:
		return ""
	}
}

// atName reports whether the place of the error is a name by itself, rather than
// that of a function.
func (e *Error) atName(name string) bool {
	line := strings.Split(e.Expression, "\n")[e.Line-1]
	rest, ok := strings.CutPrefix(line[e.Column-1:], name)
	return ok && !strings.HasPrefix(strings.TrimSpace(rest), "(")
}

// variableHint names the variables that there are.
func variableHint(env *cel.Env) string {
	var names []string
	for _, variable := range env.Variables() {
		if variable.Type().Kind() != types.TypeKind { // int, string and the like
			names = append(names, variable.Name())
		}
	}
	slices.Sort(names)
	hint := "variables: " + strings.Join(names, ", ")
	if slices.Contains(names, conditionsVariable) {
		hint += "; " + conditionsVariable + ".<name> is a named condition"
	}
	return hint
}
