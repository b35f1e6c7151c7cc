package kubernetes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
)

// jsonSchemas are JSON Schemas in a file system, compiled when they are needed.
// References lead to files beside them only.
type jsonSchemas struct {
	files fs.FS
	label string
	limit int64
	// names has the files by the last one and the last two elements of their
	// paths, in lower case.
	names map[string]string

	mutex    sync.Mutex
	compiled map[string]*compiledSchema
}

type compiledSchema struct {
	schema *jsonschema.Schema
	err    error
}

func newJSONSchemas(files fs.FS, label string, limit int64) *jsonSchemas {
	return &jsonSchemas{files: files, label: label, limit: limit, names: map[string]string{}, compiled: map[string]*compiledSchema{}}
}

func (s *jsonSchemas) add(file string) {
	lower := strings.ToLower(file)
	folder, name := path.Split(lower)
	for _, key := range []string{name, path.Join(path.Base(folder), name)} {
		if _, taken := s.names[key]; !taken {
			s.names[key] = file
		}
	}
}

// jsonSchemaNames are the names that the schema of a kind may have, the most
// exact one first.
func jsonSchemaNames(gvk schema.GroupVersionKind) []string {
	kind, version := strings.ToLower(gvk.Kind), strings.ToLower(gvk.Version)
	if gvk.Group == "" {
		return []string{kind + "-" + version + ".json"}
	}
	group := strings.ToLower(gvk.Group)
	first, _, _ := strings.Cut(group, ".")
	return []string{
		path.Join(group, kind+"_"+version+".json"),
		kind + "-" + group + "-" + version + ".json",
		kind + "-" + first + "-" + version + ".json",
	}
}

const schemaScheme = "schema"

// compile compiles a file, once.
func (s *jsonSchemas) compile(file string) (*jsonschema.Schema, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if known, ok := s.compiled[file]; ok {
		return known.schema, known.err
	}
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft7
	compiler.LoadURL = func(text string) (io.ReadCloser, error) {
		target, err := url.Parse(text)
		if err != nil || target.Scheme != schemaScheme {
			return nil, fmt.Errorf("%s is not fetched", text)
		}
		data, err := readBounded(s.files, strings.TrimPrefix(target.Path, "/"), s.limit)
		if err != nil {
			return nil, err
		}
		if err := checkDepth(data); err != nil {
			return nil, err
		}
		return io.NopCloser(bytes.NewReader(data)), nil
	}
	compiled, err := compiler.Compile((&url.URL{Scheme: schemaScheme, Path: "/" + file}).String())
	if err == nil && (evaluations{}).of(compiled) > mostEvaluations {
		compiled, err = nil, fmt.Errorf("one value is checked more than %d times", mostEvaluations)
	}
	s.compiled[file] = &compiledSchema{compiled, err}
	return compiled, err
}

// check checks an object by the schema in a file.
func (s *jsonSchemas) check(file string, content map[string]any) []fault {
	compiled, err := s.compile(file)
	if err != nil {
		return []fault{unusable(path.Join(s.label, file), oneLine(err.Error()))}
	}
	err = compiled.Validate(content)
	if err == nil {
		return nil
	}
	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		return []fault{unusable(path.Join(s.label, file), oneLine(err.Error()))}
	}
	var found []fault
	collectLeaves(failed, &found)
	return found
}

// collectLeaves turns the innermost errors into faults. Of alternatives it is the
// error that none holds.
func collectLeaves(e *jsonschema.ValidationError, found *[]fault) {
	keyword := path.Base(e.KeywordLocation)
	if len(e.Causes) > 0 && keyword != "anyOf" && keyword != "oneOf" {
		for _, cause := range e.Causes {
			collectLeaves(cause, found)
		}
		return
	}
	f := fault{code: diagnostic.ObjectInvalidField, path: pointerPath(e.InstanceLocation), message: e.Message}
	switch keyword {
	case "anyOf", "oneOf":
		f.message = "has none of the forms that the schema allows"
	case "required":
		for _, name := range quotedNames(e.Message) {
			*found = append(*found, fault{
				code: diagnostic.ObjectRequiredField, atKey: true, path: append(slices.Clone(f.path), name),
				message: name + " is required",
			})
		}
		return
	case "additionalProperties":
		for _, name := range quotedNames(e.Message) {
			*found = append(*found, fault{
				code: diagnostic.ObjectUnknownField, atKey: true, path: append(slices.Clone(f.path), name),
				message: fmt.Sprintf("unknown field %q", name),
			})
		}
		return
	}
	*found = append(*found, f)
}

var quotedName = regexp.MustCompile(`'((?:[^'\\]|\\.)*)'`)

// quotedNames returns the names in single quotes in a message of the library.
func quotedNames(message string) []string {
	var names []string
	for _, match := range quotedName.FindAllStringSubmatch(message, -1) {
		names = append(names, strings.ReplaceAll(match[1], `\'`, "'"))
	}
	slices.Sort(names)
	return names
}

// pointerPath is the path that a JSON pointer names.
func pointerPath(pointer string) []any {
	var steps []any
	for _, step := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		if step == "" {
			continue
		}
		if index, err := strconv.Atoi(step); err == nil {
			steps = append(steps, index)
			continue
		}
		steps = append(steps, strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
	}
	return steps
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
