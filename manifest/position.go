package manifest

import (
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

// Position returns where the value of a field stands in a file of one document;
// field has the form of [diagnostic.FieldPath]. Where the field is missing, it is the
// position of the nearest part of the path that is there. It reads the file
// again, so it is for the failure path; for many fields use a [Locator].
func Position(file string, data []byte, field string) diagnostic.Position {
	return NewLocator(file, data).Position(field)
}

// Locator is [Position] for many fields of one file, which it reads once. It is
// for one goroutine at a time.
type Locator struct {
	file     string
	document yamldoc.Document
	// fields is nil where the file is not one document.
	fields *yamldoc.Locator
}

// NewLocator returns the locator of a file; the name is only used in positions.
func NewLocator(file string, data []byte) *Locator {
	document, found := singleDocument(file, data)
	if found.HasErrors() || document.Empty() {
		return &Locator{file: file}
	}
	return newLocator(file, document)
}

func newLocator(file string, document yamldoc.Document) *Locator {
	return &Locator{file: file, document: document, fields: yamldoc.NewLocator(document)}
}

// Position returns where the value of a field stands, see the function
// [Position].
func (l *Locator) Position(field string) diagnostic.Position {
	if l.fields == nil {
		return diagnostic.Position{File: l.file}
	}
	return l.locate(diagnostic.ParseFieldPath(field), false)
}

func (l *Locator) locate(path []any, key bool) diagnostic.Position {
	position := diagnostic.Position{File: l.file, Document: l.document.Number}
	for n := len(path); n > 0; n-- {
		find := l.fields.Locate
		if key || n < len(path) {
			find = l.fields.LocateKey // the key of a parent says more than its first child
		}
		if line, column, ok := find(path[:n]...); ok {
			position.Line, position.Column = line, column
			return position
		}
	}
	position.Line = l.document.Line
	return position
}
