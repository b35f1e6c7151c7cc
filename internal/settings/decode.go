package settings

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

// MaxBytes bounds a file where [Options] does not.
const MaxBytes = 1 << 20

// Bounds of the YAML: far above what a person writes.
const (
	maxAliasNodes = 10_000
	maxDepth      = 100
)

// Options say how findings about a file are written.
type Options struct {
	// Invalid is the code of what does not fit, Unknown that of unknown fields;
	// where Unknown is empty it is Invalid, too.
	Invalid, Unknown diagnostic.Code
	// MaxBytes bounds the file; zero is [MaxBytes].
	MaxBytes int
}

// File is a file that was read. It knows where its fields stand. It is for one
// goroutine at a time.
type File struct {
	name     string
	document yamldoc.Document
	locator  *yamldoc.Locator
	options  Options
}

// Decode reads one document into target, a pointer to a struct whose fields have
// json tags: structs, maps, slices, pointers, booleans, strings, whole numbers,
// floats, any (plain values as package yamldoc has them) and what implements
// encoding.TextUnmarshaler. The name of the file is used in positions.
//
// All findings are errors. Their codes are those of the options, YAMLInvalid,
// YAMLDuplicateKey and LimitExceeded. The file is never nil, so that callers can
// add findings of their own.
func Decode(name string, data []byte, target any, options Options) (*File, diagnostic.Diagnostics) {
	if options.Unknown == "" {
		options.Unknown = options.Invalid
	}
	if options.MaxBytes == 0 {
		options.MaxBytes = MaxBytes
	}
	file := &File{name: name, options: options, document: yamldoc.Document{Number: 1, Line: 1, FirstLine: 1}}
	if len(data) > options.MaxBytes {
		return file, diagnostic.Diagnostics{{
			Code: diagnostic.LimitExceeded, Position: diagnostic.Position{File: name},
			Message: fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), options.MaxBytes),
		}}
	}
	full := slices.DeleteFunc(yamldoc.Split(data), yamldoc.Document.Empty)
	if len(full) > 1 {
		return file, diagnostic.Diagnostics{{
			Code: diagnostic.YAMLInvalid, Position: diagnostic.Position{File: name, Line: full[1].Line},
			Message: fmt.Sprintf("the file holds %d documents, but only one is allowed", len(full)),
			Hint:    `remove the second document or its "---"`,
		}}
	}
	if len(full) == 0 {
		return file, nil
	}
	file.document = full[0]
	file.locator = yamldoc.NewLocator(file.document)
	fields, err := yamldoc.DecodeMap(file.document, yamldoc.Options{MaxAliasNodes: maxAliasNodes, MaxDepth: maxDepth})
	if err != nil {
		return file, diagnostic.Diagnostics{yamlFault(name, err)}
	}
	d := decoder{file: file}
	d.decode(fields, reflect.ValueOf(target).Elem(), nil)
	return file, d.found.Sorted()
}

func yamlFault(file string, err error) diagnostic.Diagnostic {
	fault := diagnostic.Diagnostic{Code: diagnostic.YAMLInvalid, Position: diagnostic.Position{File: file}, Message: err.Error(), Err: err}
	var yamlError *yamldoc.Error
	if !errors.As(err, &yamlError) {
		return fault
	}
	fault.Position.Line, fault.Position.Column = yamlError.Line, yamlError.Column
	fault.Message, fault.Hint = yamlError.Message, yamlError.Hint
	switch yamlError.Kind {
	case yamldoc.DuplicateKey:
		fault.Code = diagnostic.YAMLDuplicateKey
	case yamldoc.AliasLimit, yamldoc.DepthLimit:
		fault.Code = diagnostic.LimitExceeded
	case yamldoc.NotAMapping:
		fault.Hint = `write fields, each as "name: value"`
	}
	return fault
}

// Position returns where the value at a path of keys (string) and indexes (int)
// stands; where it is missing, the nearest above it.
func (f *File) Position(path ...any) diagnostic.Position { return f.position(false, path) }

// Fault returns a finding about the value at a path.
func (f *File) Fault(message, hint string, path ...any) diagnostic.Diagnostic {
	return diagnostic.Diagnostic{
		Code: f.options.Invalid, Position: f.Position(path...), Field: diagnostic.FieldPath(path...), Message: message, Hint: hint,
	}
}

func (f *File) position(ofKey bool, path []any) diagnostic.Position {
	position := diagnostic.Position{File: f.name, Line: f.document.Line}
	if f.locator == nil {
		return position
	}
	for n := len(path); n > 0; n-- {
		find := f.locator.Locate
		if ofKey || n < len(path) {
			find = f.locator.LocateKey // the key of a parent says more than its first child
		}
		if line, column, ok := find(path[:n]...); ok {
			position.Line, position.Column = line, column
			break
		}
	}
	return position
}
