package manifest

import (
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

// Position returns where the value of a field stands in a file of one document;
// field has the form of [diagnostic.FieldPath]. Where the field is missing, it is the
// position of the nearest part of the path that is there. It reads the file
// again, so it is for the failure path.
func Position(file string, data []byte, field string) diagnostic.Position {
	document, found := singleDocument(file, data)
	if found.HasErrors() || document.Empty() {
		return diagnostic.Position{File: file}
	}
	return locate(file, document, diagnostic.ParseFieldPath(field), false)
}

func locate(file string, document yamldoc.Document, path []any, key bool) diagnostic.Position {
	position := diagnostic.Position{File: file, Document: document.Number}
	for n := len(path); n > 0; n-- {
		find := yamldoc.Locate
		if key || n < len(path) {
			find = yamldoc.LocateKey // the key of a parent says more than its first child
		}
		if line, column, ok := find(document, path[:n]...); ok {
			position.Line, position.Column = line, column
			return position
		}
	}
	position.Line = document.Line
	return position
}
