package chart

import (
	"slices"
	"strings"
)

// A literal says whether a parameter is truthy: neither false nor empty nor zero.
type literal struct {
	parameter *parameter
	truthy    bool
}

func (l literal) negated() literal { return literal{l.parameter, !l.truthy} }

// A condition is true where all literals of one of its terms hold. No terms at all are
// always true.
type condition [][]literal

func (c condition) equal(other condition) bool {
	return slices.EqualFunc(c, other, slices.Equal[[]literal])
}

// and returns the condition with one more literal to hold.
func (c condition) and(l literal) condition {
	if len(c) == 0 {
		return condition{{l}}
	}
	result := make(condition, len(c))
	for i, term := range c {
		if slices.Contains(term, l) {
			result[i] = term
		} else {
			result[i] = append(slices.Clone(term), l)
		}
	}
	return result
}

// or returns a condition that holds where one of the two does. Neither is always true.
func (c condition) or(other condition) condition {
	result := slices.Clone(c)
	for _, term := range other {
		if !slices.ContainsFunc(result, func(known []literal) bool { return slices.Equal(known, term) }) {
			result = append(result, term)
		}
	}
	return result
}

// both returns a condition that holds where both do.
func (c condition) both(other condition) condition {
	if len(c) == 0 {
		return other
	}
	if len(other) == 0 {
		return c
	}
	var result condition
	for _, term := range other {
		joined := c
		for _, l := range term {
			joined = joined.and(l)
		}
		result = append(result, joined...)
	}
	return result
}

// parameters are those that the condition is about.
func (c condition) parameters() []*parameter {
	var found []*parameter
	for _, term := range c {
		for _, l := range term {
			if !slices.Contains(found, l.parameter) {
				found = append(found, l.parameter)
			}
		}
	}
	return found
}

// template returns the condition as the argument of an "if".
func (c condition) template() string {
	terms := make([]string, len(c))
	for i, term := range c {
		literals := make([]string, len(term))
		for j, l := range term {
			literals[j] = l.parameter.expression
			if !l.truthy {
				literals[j] = "not " + l.parameter.expression
			}
		}
		terms[i] = called("and", literals)
	}
	return called("or", terms)
}

func called(function string, arguments []string) string {
	if len(arguments) == 1 {
		return arguments[0]
	}
	var text strings.Builder
	text.WriteString(function)
	for _, argument := range arguments {
		if strings.Contains(argument, " ") && !strings.HasPrefix(argument, "(") {
			argument = "(" + argument + ")"
		}
		text.WriteString(" " + argument)
	}
	return text.String()
}

// cel returns the condition as an expression of an object's condition.
func (c condition) cel() string {
	terms := make([]string, len(c))
	for i, term := range c {
		literals := make([]string, len(term))
		for j, l := range term {
			literals[j] = l.parameter.truth(l.truthy)
		}
		terms[i] = strings.Join(literals, " && ")
		if len(literals) > 1 && len(c) > 1 {
			terms[i] = "(" + terms[i] + ")"
		}
	}
	return strings.Join(terms, " || ")
}
