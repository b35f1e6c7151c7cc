package template

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
)

const (
	// maxPattern is the longest regular expression, in bytes.
	maxPattern = 4096
	// maxProgram is how many instructions a regular expression may have.
	maxProgram = 20_000
	// maxMatchWork bounds one match: instructions times bytes.
	maxMatchWork = 1 << 29
	// maxKeptRegexps is how many compiled ones an execution keeps.
	maxKeptRegexps = 64
)

// compiledRegexp is a regular expression and its size in instructions.
type compiledRegexp struct {
	*regexp.Regexp
	size int64
}

// regexp compiles a pattern and counts the work of matching it against text.
func (e *execution) regexp(pattern, text string) (*regexp.Regexp, error) {
	compiled := e.regexps[pattern]
	if compiled == nil {
		var err error
		if compiled, err = e.compileRegexp(pattern); err != nil {
			return nil, err
		}
		if e.regexps == nil || len(e.regexps) >= maxKeptRegexps {
			e.regexps = map[string]*compiledRegexp{}
		}
		e.regexps[pattern] = compiled
	}
	work := compiled.size * int64(len(text))
	if work > maxMatchWork {
		return nil, e.exceeded("TemplateSteps", work/workPerStep, maxMatchWork/workPerStep, "the text is too long for so large a regular expression", "")
	}
	// Compiling counts each time: what is kept must not show in the result.
	return compiled.Regexp, e.labour(compiled.size + work/16)
}

func (e *execution) compileRegexp(pattern string) (*compiledRegexp, error) {
	if len(pattern) > maxPattern {
		return nil, &functionError{message: "the regular expression is longer than 4096 bytes"}
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		message := "the regular expression does not parse"
		if problem, ok := errors.AsType[*syntax.Error](err); ok {
			message += ": " + problem.Code.String()
		}
		return nil, &functionError{message: message}
	}
	size := regexpSize(tree)
	if size > maxProgram {
		return nil, e.exceeded("TemplateSteps", size, maxProgram, "the regular expression repeats too much", "")
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return nil, &functionError{message: "the regular expression does not compile"}
	}
	return &compiledRegexp{compiled, size}, nil
}

// regexpSize estimates the instructions of a regular expression.
func regexpSize(re *syntax.Regexp) int64 {
	size := int64(1)
	switch re.Op {
	case syntax.OpLiteral:
		size += int64(len(re.Rune))
	case syntax.OpCharClass:
		size += int64(len(re.Rune)) / 8
	}
	for _, sub := range re.Sub {
		size += regexpSize(sub)
	}
	if re.Op == syntax.OpRepeat {
		size *= int64(max(re.Min, re.Max, 1))
	}
	return min(size, maxProgram+1)
}

func buildRegexMatch(strict bool) builder {
	return func(e *execution, _ any) any {
		return func(pattern, text string) (bool, error) {
			re, err := e.regexp(pattern, text)
			if err != nil {
				if _, broken := errors.AsType[*functionError](err); broken && !strict {
					return false, nil // as sprig has it
				}
				return false, err
			}
			return re.MatchString(text), nil
		}
	}
}

func buildRegexFind(e *execution, _ any) any {
	return func(pattern, text string) (string, error) {
		re, err := e.regexp(pattern, text)
		if err != nil {
			return "", err
		}
		return re.FindString(text), nil
	}
}

// most returns how many elements of a size functions may still make, at most n
// where that is not negative.
func (e *execution) most(n int, size int64) int {
	room := int(max((e.madeMax-e.made)/size, 0)) + 1
	if n < 0 || n > room {
		return room
	}
	return n
}

func buildRegexFindAll(e *execution, _ any) any {
	return func(pattern, text string, n int) ([]string, error) {
		re, err := e.regexp(pattern, text)
		if err != nil {
			return nil, err
		}
		found := re.FindAllString(text, e.most(n, 3*elementSize))
		return found, e.charge(int64(len(found)) * 3 * elementSize)
	}
}

func buildRegexSplit(e *execution, _ any) any {
	return func(pattern, text string, n int) ([]string, error) {
		re, err := e.regexp(pattern, text)
		if err != nil {
			return nil, err
		}
		const size = 8 * elementSize // the matches are kept beside the parts
		parts := re.Split(text, e.most(n, size))
		return parts, e.charge(int64(len(parts)) * size)
	}
}

func buildRegexReplace(literal bool) builder {
	return func(e *execution, _ any) any {
		return func(pattern, text, replacement string) (string, error) {
			re, err := e.regexp(pattern, text)
			if err != nil {
				return "", err
			}
			// A first pass finds out how long the result can become.
			size, groups := int64(len(text)), int64(0)
			if !literal {
				groups = int64(strings.Count(replacement, "$"))
			}
			re.ReplaceAllStringFunc(text, func(match string) string {
				size += int64(len(replacement)) + groups*int64(len(match))
				return ""
			})
			if err := e.reserve(size); err != nil {
				return "", err
			}
			var made string
			if literal {
				made = re.ReplaceAllLiteralString(text, replacement)
			} else {
				made = re.ReplaceAllString(text, replacement)
			}
			return made, e.charge(int64(len(made)))
		}
	}
}
