package template

import (
	"errors"
	"fmt"
	"strings"
	texttemplate "text/template"
	"text/template/parse"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// functionError is why a function failed, in words that hold no value of the
// data.
type functionError struct {
	message, hint string
	code          diagnostic.Code
	cause         error
}

func (e *functionError) Error() string { return e.message }
func (e *functionError) Unwrap() error { return e.cause }

// limitStop is a limit that was exceeded.
type limitStop struct {
	*packagetypes.LimitError
	message, hint string
}

func (e *limitStop) Unwrap() error { return e.LimitError }

// stopError is the error of a context that is done.
type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }
func (e *stopError) Unwrap() error { return e.err }

// maxChain is how many callers a hint names.
const maxChain = 3

// diagnose turns the error of an execution into what the caller gets: findings,
// or the error of the context. Data is what keys are suggested from.
func (e *execution) diagnose(err error, data map[string]any) error {
	var stop *stopError
	if errors.As(err, &stop) {
		return fmt.Errorf("template %s: %w", e.path, stop.err)
	}
	d := diagnostic.Diagnostic{Code: diagnostic.TemplateExecute}
	failure := e.failure(err)
	d.Position = failure.position
	var limit *limitStop
	var function *functionError
	switch {
	case errors.As(err, &limit):
		d.Code, d.Err = diagnostic.LimitExceeded, limit.LimitError
		d.Message = fmt.Sprintf("%s (limit %s: %d)", limit.message, limit.Limit, limit.Max)
		d.Hint = limit.hint
	case errors.As(err, &function):
		d.Message, d.Hint, d.Err = function.message, function.hint, function.cause
		if function.code != "" {
			d.Code = function.code
		}
	default:
		d.Message, d.Hint = e.explain(failure, data)
	}
	if chain := e.chain(); chain != "" {
		d.Hint = strings.TrimPrefix(d.Hint+"; "+chain, "; ")
	}
	return diagnostic.Diagnostics{d}
}

// failure is what text/template says of an error.
type failure struct {
	position diagnostic.Position
	// node failed; nil where it is not known.
	node parse.Node
	// message is text/template's own, without position and context.
	message string
	// cause is the error of a function, and function the name of that.
	cause    error
	function string
}

// failure takes the innermost of text/template's errors apart. What it says of
// the place is finer than what the markers know: those are the fallback.
func (e *execution) failure(err error) failure {
	f := failure{message: err.Error()}
	if file, offset, _ := e.program.place(e.at); file != nil {
		f.position = file.position(offset)
		if e.at.isMarker() {
			f.node = e.program.markers.list[e.at].node
		}
	} else if entry := e.program.entries[e.path]; entry != nil {
		f.position = entry.file.position(0)
	}
	var found *texttemplate.ExecError
	for rest := err; ; {
		var inner texttemplate.ExecError
		if !errors.As(rest, &inner) {
			break
		}
		found = &inner
		rest = errors.Unwrap(inner.Err)
		f.cause = rest
		if rest == nil {
			break
		}
	}
	if found == nil {
		return f
	}
	f.message = found.Error()
	b := e.program.bodies[found.Name]
	if b == nil {
		return f
	}
	rest, ok := strings.CutPrefix(f.message, "template: "+b.file.path+":")
	if !ok {
		return f
	}
	var line, column int
	if n, _ := fmt.Sscanf(rest, "%d:%d:", &line, &column); n != 2 {
		return f
	}
	place, rest, _ := strings.Cut(rest, ": ")
	_ = place
	offset := b.file.offset(line, column+1)
	f.position = b.file.position(offset)
	rest, _ = strings.CutPrefix(rest, fmt.Sprintf("executing %q at <", found.Name))
	longest := -1
	walkNodes(b.tree.Root, func(node parse.Node) {
		if int(node.Position()) != offset {
			return
		}
		text := node.String()
		if len(text) <= longest || !strings.HasPrefix(rest, text+">: ") {
			return
		}
		longest = len(text)
		f.node = node
		f.position = b.file.position(nodeOffset(b.file.source, node))
	})
	if longest >= 0 {
		f.message = rest[longest+len(">: "):]
	}
	if f.cause != nil {
		head := strings.TrimSuffix(f.message, ": "+f.cause.Error())
		if i := strings.LastIndex(head, "error calling "); i >= 0 {
			f.function = head[i+len("error calling "):]
		}
	}
	return f
}

// chain says through which calls the failing template was reached, the innermost
// first.
func (e *execution) chain() string {
	var places []string
	for i := len(e.frames) - 1; i > 0; i-- {
		call := e.frames[i].call
		if file, offset, _ := e.program.place(call); file != nil {
			places = append(places, file.position(offset).String())
		}
	}
	if len(places) == 0 {
		return ""
	}
	if more := len(places) - maxChain; more > 0 {
		places = append(places[:maxChain-1], fmt.Sprintf("%d more", more), places[len(places)-1])
	}
	return "included from " + strings.Join(places, ", from ")
}

// walkNodes walks a tree with everything in it.
func walkNodes(node parse.Node, visit func(parse.Node)) {
	visit(node)
	switch node := node.(type) {
	case *parse.ListNode:
		for _, inner := range node.Nodes {
			walkNodes(inner, visit)
		}
	case *parse.ActionNode:
		walkNodes(node.Pipe, visit)
	case *parse.TemplateNode:
		if node.Pipe != nil {
			walkNodes(node.Pipe, visit)
		}
	case *parse.IfNode:
		walkBranch(&node.BranchNode, visit)
	case *parse.WithNode:
		walkBranch(&node.BranchNode, visit)
	case *parse.RangeNode:
		walkBranch(&node.BranchNode, visit)
	case *parse.PipeNode:
		for _, command := range node.Cmds {
			walkNodes(command, visit)
		}
	case *parse.CommandNode:
		for _, argument := range node.Args {
			walkNodes(argument, visit)
		}
	case *parse.ChainNode:
		walkNodes(node.Node, visit)
	}
}

func walkBranch(branch *parse.BranchNode, visit func(parse.Node)) {
	walkNodes(branch.Pipe, visit)
	walkNodes(branch.List, visit)
	if branch.ElseList != nil {
		walkNodes(branch.ElseList, visit)
	}
}
