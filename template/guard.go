package template

import (
	"slices"
	"text/template/parse"
)

// Values that templates build share their parts: twenty nested lists of twice
// the same thing print as a million. Functions that walk values are bounded
// themselves; but {{ $x }} prints inside text/template, and so do the errors of
// its comparisons. Where a template can build such values, printing and
// comparing go through functions of ours; where it cannot, which is nearly
// everywhere, they cost nothing.

// mutators are the functions that change what they are given.
var mutators = []string{"set", "unset", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite"}

// constructors are the functions whose result holds their arguments.
var constructors = []string{
	"dict", "list", "tuple", "append", "push", "mustAppend", "mustPush", "prepend", "mustPrepend", "concat",
	"set", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite", "chunk", "mustChunk", "pluck", "values",
}

// A template that calls at most guardCount constructors, which together can
// multiply a value by at most guardFactor, is harmless unless it can call them
// again and again.
const (
	guardFactor = 16
	guardCount  = 500
)

// The functions that guarded templates print and compare through.
const (
	guardedPrint = "packstage_print"
	guardedValue = "packstage_hollow"
)

// needsGuard reports whether the templates that are reachable from one of them
// can build values out of proportion.
func needsGuard(reachable []*body, recursive bool) bool {
	factor, count := 1, 0
	assigns, mutates := false, false
	for _, b := range reachable {
		factor = min(factor*b.uses.factor, guardFactor+1)
		count += b.uses.constructors
		assigns = assigns || b.uses.assigns
		for _, identifier := range b.uses.identifiers {
			mutates = mutates || slices.Contains(mutators, identifier.Ident)
		}
	}
	if count == 0 {
		return false
	}
	return mutates || assigns || recursive || factor > guardFactor || count > guardCount
}

// guardComparisons makes the comparisons of a guarded body see maps and lists
// without their content, which they do not compare but would print into their
// errors.
func guardComparisons(b *body) {
	walkNodes(b.tree.Root, func(node parse.Node) {
		pipe, ok := node.(*parse.PipeNode)
		if !ok {
			return
		}
		var commands []*parse.CommandNode
		for i, command := range pipe.Cmds {
			if identifier, ok := command.Args[0].(*parse.IdentifierNode); ok && (identifier.Ident == "eq" || identifier.Ident == "ne") {
				if i > 0 {
					commands = append(commands, callCommand(guardedValue, command.Pos))
				}
				hollowArguments(command)
			}
			commands = append(commands, command)
		}
		pipe.Cmds = commands
	})
}

func hollowArguments(command *parse.CommandNode) {
	for i, argument := range command.Args {
		switch argument.Type() {
		case parse.NodeNil, parse.NodeNumber, parse.NodeString, parse.NodeBool:
			continue
		}
		if i == 0 {
			continue
		}
		value := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: argument.Position(), Args: []parse.Node{argument}}
		command.Args[i] = &parse.PipeNode{
			NodeType: parse.NodePipe, Pos: argument.Position(),
			Cmds: []*parse.CommandNode{value, callCommand(guardedValue, argument.Position())},
		}
	}
}

func callCommand(function string, at parse.Pos) *parse.CommandNode {
	return &parse.CommandNode{
		NodeType: parse.NodeCommand, Pos: at, Args: []parse.Node{parse.NewIdentifier(function).SetPos(at)},
	}
}

// guardPrint makes an action of a guarded body print through a function, unless
// its value is known to be plain.
func guardPrint(b *body, node *parse.ActionNode) {
	if !b.guarded || isPlain(node.Pipe) {
		return
	}
	appendCall(node.Pipe, guardedPrint)
}

// appendCall appends a function to a pipeline.
func appendCall(pipe *parse.PipeNode, function string) {
	pipe.Cmds = append(pipe.Cmds, callCommand(function, pipe.Pos))
}

// isPlain reports whether the value of a pipeline is known to be text, a number
// or a boolean.
func isPlain(pipe *parse.PipeNode) bool {
	if len(pipe.Cmds) == 0 {
		return false
	}
	first := pipe.Cmds[len(pipe.Cmds)-1].Args[0]
	switch node := first.(type) {
	case *parse.IdentifierNode:
		return slices.Contains(plainFunctions, node.Ident)
	case *parse.StringNode, *parse.NumberNode, *parse.BoolNode:
		return true
	}
	return false
}

// plainFunctions are those that templates most often end in.
var plainFunctions = []string{
	"quote", "squote", "toJson", "toPrettyJson", "toRawJson", "toYAML", "indent", "nindent", "include", "printf",
	"print", "b64enc", "b64dec", "trunc", "trim", "trimSuffix", "trimPrefix", "lower", "upper", "replace", "join",
	"sha256sum", "toString", "int", "int64", "add", "add1", "sub", "len", "getFile", "cel", "eq", "ne", "not",
}
