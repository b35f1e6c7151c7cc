package template

import (
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/template/parse"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// parallelFrom is the number of files from which on several goroutines parse.
const parallelFrom = 64

// parseFiles parses all files and checks what no file shows alone.
func parseFiles(sources map[string][]byte, table *functionTable) ([]*sourceFile, diagnostic.Diagnostics) {
	paths := slices.SortedFunc(maps.Keys(sources), packagetypes.ComparePaths)
	files := make([]*sourceFile, len(paths))
	results := make([]diagnostic.Diagnostics, len(paths))
	parseOne := func(i int) {
		files[i], results[i] = parseFile(paths[i], sources[paths[i]])
		if len(results[i]) == 0 {
			results[i] = checkFunctions(files[i], table)
		}
	}
	workers := 1
	if len(paths) >= parallelFrom {
		workers = min(runtime.GOMAXPROCS(0), 8)
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(paths); i = int(next.Add(1)) - 1 {
				parseOne(i)
			}
		})
	}
	group.Wait()
	var found diagnostic.Diagnostics
	for _, result := range results {
		found = append(found, result...)
	}
	return files, append(found, checkNames(files)...)
}

// parseFile parses one file. Where it does not parse, the file has no bodies.
func parseFile(path string, data []byte) (*sourceFile, diagnostic.Diagnostics) {
	file := newSourceFile(path, data)
	if deep, found := nesting(file.source); found {
		return file, diagnostic.Diagnostics{{
			Code: diagnostic.TemplateParse, Position: file.position(deep.inside),
			Message: "blocks and parentheses nest deeper than 500",
			Hint:    "move the inner ones into a define",
		}}
	}
	trees, err := parseTrees(path, file.source)
	if err != nil {
		return file, parseFaults(file, err)
	}
	for name, tree := range trees {
		b := &body{name: name, file: file, tree: tree, offset: int(tree.Root.Pos)}
		b.findUses()
		file.bodies = append(file.bodies, b)
	}
	slices.SortFunc(file.bodies, func(a, b *body) int {
		switch {
		case a.name == path:
			return -1
		case b.name == path:
			return 1
		}
		return a.offset - b.offset
	})
	return file, nil
}

// parseTrees parses without looking whether functions exist, so that all
// unknown ones can be reported, with their columns.
func parseTrees(path, source string) (map[string]*parse.Tree, error) {
	trees := map[string]*parse.Tree{}
	// text/template takes the name for a part of a format string.
	name := strings.ReplaceAll(path, "%", "%%")
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(source, "", "", trees); err != nil {
		return nil, err
	}
	if own := trees[name]; name != path {
		delete(trees, name)
		own.Name = path
		trees[path] = own
	}
	return trees, nil
}

// checkFunctions reports the calls of functions that do not exist.
func checkFunctions(file *sourceFile, table *functionTable) diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	for _, b := range file.bodies {
		for _, identifier := range b.uses.identifiers {
			if table.public(identifier.Ident) {
				continue
			}
			message, hint := table.unknown(identifier.Ident)
			found = append(found, diagnostic.Diagnostic{
				Code: diagnostic.TemplateParse, Position: file.position(int(identifier.Pos)),
				Message: message, Hint: hint,
			})
		}
	}
	return found
}

// checkNames reports names that more than one file defines.
func checkNames(files []*sourceFile) diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	owners := map[string]*body{}
	for _, file := range files {
		for _, b := range file.bodies {
			owner, taken := owners[b.name]
			if !taken {
				owners[b.name] = b
				continue
			}
			at, other := b, owner
			if b.name == file.path {
				at, other = owner, b
			}
			place := other.file.position(defineOffset(other)).String()
			if other.name == other.file.path {
				place = "the file of that name"
			}
			found = append(found, diagnostic.Diagnostic{
				Code: diagnostic.TemplateDuplicateDefine, Position: at.file.position(defineOffset(at)),
				Message: "template " + quoted(b.name) + " is defined twice: here and in " + place,
				Hint:    "all files of a package share their definitions; give one of them another name",
			})
		}
	}
	return found
}

// defineOffset returns the offset of the define or block that a body belongs
// to, and 0 for the body of a file.
func defineOffset(b *body) int {
	if b.name == b.file.path {
		return 0
	}
	at := b.offset
	scanActions(b.file.source, func(a action) bool {
		if a.end > b.offset {
			return false
		}
		if a.word == "define" || a.word == "block" {
			at = a.inside + leadingSpace(b.file.source[a.inside:a.end])
		}
		return true
	})
	return at
}

func leadingSpace(s string) int { return len(s) - len(strings.TrimLeft(s, " \t\r\n")) }
