package template

import (
	"bytes"
	"strings"
	"text/template/parse"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/sharedtext"
)

// sourceFile is one template file.
type sourceFile struct {
	path string
	// source and data are the same bytes.
	source string
	data   []byte
	// start is where the file begins if all files of its program stand one after
	// another.
	start int
	// bodies are the file's own body and those that it defines.
	bodies []*body
}

// body is one named template: that of a file, or one that a file defines.
type body struct {
	name string
	file *sourceFile
	tree *parse.Tree
	// offset of the body in the file.
	offset int
	uses   uses
	// nesting is how deep its blocks and parentheses nest.
	nesting int
	// markers is how many markers its tree takes.
	markers int
	// guarded tells that values which its functions make can be large or deep
	// out of proportion to the data; see guard.go.
	guarded bool
}

func newSourceFile(path string, data []byte) *sourceFile {
	return &sourceFile{path: path, source: sharedtext.Of(data), data: data[:len(data):len(data)]}
}

// adopt makes a text node hold a part of the file in the place of a copy. Executions
// know such text by its address.
func (f *sourceFile) adopt(text *parse.TextNode) {
	begin := int(text.Pos)
	if end := begin + len(text.Text); end <= len(f.data) && bytes.Equal(f.data[begin:end], text.Text) {
		text.Text = f.data[begin:end]
	}
}

// find returns the offset of a part of the file.
func (f *sourceFile) find(part []byte) (int, bool) {
	// Parts keep the capacity up to the end of the file.
	offset := len(f.data) - cap(part)
	return offset, len(part) > 0 && offset >= 0 && &f.data[offset] == &part[0]
}

// position returns the place of an offset in the file.
func (f *sourceFile) position(offset int) diagnostic.Position {
	offset = min(max(offset, 0), len(f.source))
	before := f.source[:offset]
	return diagnostic.Position{
		File:   f.path,
		Line:   1 + strings.Count(before, "\n"),
		Column: offset - strings.LastIndexByte(before, '\n'),
	}
}

// offset is the inverse of position.
func (f *sourceFile) offset(line, column int) int {
	at := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(f.source[at:], '\n')
		if i < 0 {
			return len(f.source)
		}
		at += i + 1
	}
	return min(at+column-1, len(f.source))
}

// nodeOffset returns where a node begins. For .a.b and $x.a the parser reports
// the second part as its position.
func nodeOffset(source string, node parse.Node) int {
	at := int(node.Position())
	first := ""
	switch node := node.(type) {
	case *parse.FieldNode:
		if len(node.Ident) > 1 {
			first = "." + node.Ident[0]
		}
	case *parse.VariableNode:
		if len(node.Ident) > 1 {
			first = node.Ident[0]
		}
	}
	if first != "" && at <= len(source) && strings.HasSuffix(source[:at], first) {
		return at - len(first)
	}
	return at
}
