package lint

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"text/template/parse"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

const templateSuffix = ".gotmpl"

// templateSet are the templates of a package as their trees: those that parse.
type templateSet struct {
	files  []*templateFile
	byPath map[string]*templateFile
}

type templateFile struct {
	path, source string
	// trees are the file's own and those of its definitions.
	trees []*parse.Tree
	lines []int // offsets
	// actions of the source, and the pipelines that print, both in order.
	actions func() []templateAction
	outputs func() []*parse.PipeNode
}

func parseTemplates(files *packagetypes.Files) *templateSet {
	set := &templateSet{byPath: map[string]*templateFile{}}
	for _, path := range files.Paths() {
		if !strings.HasSuffix(path, templateSuffix) {
			continue
		}
		data, _ := files.Read(path)
		file := &templateFile{path: path, source: string(data), lines: []int{0}}
		file.actions = sync.OnceValue(func() []templateAction { return scan(file.source) })
		for at, c := range data {
			if c == '\n' {
				file.lines = append(file.lines, at+1)
			}
		}
		trees := map[string]*parse.Tree{}
		tree := parse.New("file")
		tree.Mode = parse.SkipFuncCheck
		if deep(file.source) {
			continue // the parser recurses; such a package does not compile
		}
		if _, err := tree.Parse(file.source, "", "", trees); err != nil {
			continue
		}
		for _, tree := range trees {
			file.trees = append(file.trees, tree)
		}
		slices.SortFunc(file.trees, func(a, b *parse.Tree) int { return int(a.Root.Pos) - int(b.Root.Pos) })
		file.outputs = sync.OnceValue(file.findOutputs)
		set.files, set.byPath[path] = append(set.files, file), file
	}
	return set
}

// deep tells whether a source may nest deeper than the parser should go.
func deep(source string) bool {
	return strings.Count(source, "(")+strings.Count(source, "{{") > 100_000
}

func (f *templateFile) position(offset int) diagnostic.Position {
	line := sort.SearchInts(f.lines, offset+1)
	return diagnostic.Position{File: f.path, Line: line, Column: offset - f.lines[line-1] + 1}
}

// file returns the template of a path, or nil.
func (s *templateSet) file(path string) *templateFile { return s.byPath[path] }

// offset returns where a position is in the source.
func (f *templateFile) offset(position diagnostic.Position) (offset int, ok bool) {
	if position.Line < 1 || position.Line > len(f.lines) || position.Column < 1 {
		return 0, false
	}
	offset = f.lines[position.Line-1] + position.Column - 1
	return offset, offset <= len(f.source)
}

func (f *templateFile) findOutputs() []*parse.PipeNode {
	var found []*parse.PipeNode
	f.pipes(func(pipe *parse.PipeNode, output bool, _ string) {
		if output {
			found = append(found, pipe)
		}
	})
	slices.SortStableFunc(found, func(a, b *parse.PipeNode) int { return int(a.Pos) - int(b.Pos) })
	return found
}

// pipes visits all pipelines of a file. Output tells that it stands alone in its
// action, which prints it; branch is "if" or "with" for its condition.
func (f *templateFile) pipes(visit func(pipe *parse.PipeNode, output bool, branch string)) {
	var list func(*parse.ListNode)
	var pipe func(node *parse.PipeNode, output bool, branch string)
	argument := func(node parse.Node) {
		switch node := node.(type) {
		case *parse.PipeNode:
			pipe(node, false, "")
		case *parse.ChainNode:
			if inner, ok := node.Node.(*parse.PipeNode); ok {
				pipe(inner, false, "")
			}
		}
	}
	pipe = func(node *parse.PipeNode, output bool, branch string) {
		if node == nil {
			return
		}
		visit(node, output && len(node.Decl) == 0, branch)
		for _, command := range node.Cmds {
			for _, arg := range command.Args {
				argument(arg)
			}
		}
	}
	list = func(nodes *parse.ListNode) {
		if nodes == nil {
			return
		}
		for _, node := range nodes.Nodes {
			switch node := node.(type) {
			case *parse.ActionNode:
				pipe(node.Pipe, true, "")
			case *parse.TemplateNode:
				pipe(node.Pipe, false, "")
			case *parse.IfNode:
				pipe(node.Pipe, false, "if")
				list(node.List)
				list(node.ElseList)
			case *parse.WithNode:
				pipe(node.Pipe, false, "with")
				list(node.List)
				list(node.ElseList)
			case *parse.RangeNode:
				pipe(node.Pipe, false, "")
				list(node.List)
				list(node.ElseList)
			}
		}
	}
	for _, tree := range f.trees {
		list(tree.Root)
	}
}

// configUse is a place where a template uses a configuration property in a certain
// way.
type configUse struct {
	keys     []string
	text     string
	position diagnostic.Position
}

// configKeys returns the keys below config of a field such as .config.a or
// $.config.a.
func configKeys(node parse.Node) ([]string, bool) {
	switch node := node.(type) {
	case *parse.FieldNode:
		if node.Ident[0] == "config" {
			return node.Ident[1:], true
		}
	case *parse.VariableNode:
		if len(node.Ident) > 1 && node.Ident[0] == "$" && node.Ident[1] == "config" {
			return node.Ident[2:], true
		}
	case *parse.PipeNode:
		if len(node.Cmds) == 1 && len(node.Cmds[0].Args) == 1 && len(node.Decl) == 0 {
			return configKeys(node.Cmds[0].Args[0])
		}
	}
	return nil, false
}

// conditions returns the properties whose truth decides a branch.
func (s *templateSet) conditions() []configUse {
	var uses []configUse
	for _, file := range s.files {
		file.pipes(func(pipe *parse.PipeNode, _ bool, branch string) {
			last := pipe.Cmds[len(pipe.Cmds)-1]
			var nodes []parse.Node
			switch name, arguments := call(last); {
			case branch != "" && len(pipe.Cmds) == 1 && len(last.Args) == 1:
				nodes = last.Args
			case name == "not" || branch != "" && (name == "and" || name == "or"):
				nodes = arguments
			}
			for _, node := range nodes {
				if keys, ok := configKeys(node); ok {
					uses = append(uses, configUse{keys: keys, position: file.position(int(node.Position()))})
				}
			}
		})
	}
	return uses
}

// call returns the function that a command calls, and its arguments without what is
// piped into it.
func call(command *parse.CommandNode) (name string, arguments []parse.Node) {
	if identifier, ok := command.Args[0].(*parse.IdentifierNode); ok {
		return identifier.Ident, command.Args[1:]
	}
	return "", nil
}

// defaults returns the properties that the function default is used on, with the
// text of its first argument.
func (s *templateSet) defaults() []configUse {
	var uses []configUse
	for _, file := range s.files {
		file.pipes(func(pipe *parse.PipeNode, _ bool, _ string) {
			for i, command := range pipe.Cmds {
				name, arguments := call(command)
				if name != "default" || len(arguments) == 0 {
					continue
				}
				var value parse.Node
				switch {
				case len(arguments) == 2 && i == 0:
					value = arguments[1]
				case len(arguments) == 1 && i > 0 && len(pipe.Cmds[i-1].Args) == 1 && i == 1:
					value = pipe.Cmds[0].Args[0]
				default:
					continue
				}
				if keys, ok := configKeys(value); ok {
					uses = append(uses, configUse{keys: keys, text: arguments[0].String(), position: file.position(int(command.Position()))})
				}
			}
		})
	}
	return uses
}
