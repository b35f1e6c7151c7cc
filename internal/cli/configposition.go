package cli

import (
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

// located fills in where in the files of the user the findings about a
// configuration or context are; the library knows only the values.
func (r *request) located(found diagnostic.Diagnostics) diagnostic.Diagnostics {
	found = slices.Clone(found)
	for i, finding := range found {
		if !finding.Position.IsZero() {
			continue
		}
		switch finding.Code {
		case diagnostic.ContextInvalid:
			found[i].Position = r.contextFile.position(diagnostic.ParseFieldPath(finding.Field), false)
		case diagnostic.ConfigUnknownKey, diagnostic.ConfigInvalid, diagnostic.ConfigRequired,
			diagnostic.ConfigRuleFailed, diagnostic.LimitExceeded:
			path := diagnostic.ParseFieldPath(finding.Field)
			if len(path) > 0 && path[0] == "config" {
				found[i].Position = r.configPosition(path[1:], finding.Code == diagnostic.ConfigUnknownKey)
			}
		}
	}
	return found.Sorted()
}

// configPosition returns the place of a key or of its value: the last --set that
// made it or a part of it, else its place in the file.
func (r *request) configPosition(path []any, key bool) diagnostic.Position {
	for _, setting := range slices.Backward(r.settings) {
		shared := min(len(path), len(setting.path))
		if shared > 0 && slices.Equal(path[:shared], setting.path[:shared]) {
			return diagnostic.Position{File: "--set " + diagnostic.FieldPath(setting.path...)}
		}
	}
	if r.configFile != nil {
		return r.configFile.position(path, key)
	}
	return r.contextFile.position(append([]any{"config"}, path...), key)
}

// position returns the place of a key or of its value in a file of one document;
// what is missing is where its nearest parent is.
func (f *inputFile) position(path []any, key bool) diagnostic.Position {
	if f == nil {
		return diagnostic.Position{}
	}
	documents := slices.DeleteFunc(yamldoc.Split(f.data), yamldoc.Document.Empty)
	if len(documents) != 1 {
		return diagnostic.Position{File: f.name}
	}
	position := diagnostic.Position{File: f.name, Line: documents[0].Line}
	fields := yamldoc.NewLocator(documents[0])
	for n := len(path); n > 0; n-- {
		find := fields.Locate
		if key || n < len(path) {
			find = fields.LocateKey
		}
		if line, column, ok := find(path[:n]...); ok {
			position.Line, position.Column = line, column
			break
		}
	}
	return position
}
