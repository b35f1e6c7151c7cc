package template

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/Masterminds/semver/v3"
	"github.com/gobwas/glob"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

func buildInclude(e *execution, _ any) any { return e.include }

func buildToYAML(e *execution, _ any) any {
	return func(v any) (string, error) {
		m, err := e.measure(v)
		if err != nil {
			return "", err
		}
		if err := e.reserve(m.size(4)); err != nil {
			return "", err
		}
		e.written, err = try("the value cannot be written as YAML", func() ([]byte, error) { return marshalYAML(&e.yaml, e.written[:0], v) })
		if err != nil {
			return "", err
		}
		made := string(bytes.TrimSuffix(e.written, []byte("\n")))
		return made, e.charge(int64(len(made)))
	}
}

func buildFromYAML(e *execution, _ any) any {
	options := yamldoc.Options{MaxAliasNodes: e.set.limits.YAMLAliasNodes, MaxDepth: e.set.limits.YAMLDepth}
	return func(v any) (any, error) {
		var text []byte
		switch v := v.(type) {
		case string:
			text = []byte(v)
		case []byte:
			text = v
		default:
			return nil, &functionError{message: "fromYAML reads text"}
		}
		if err := e.reserve(int64(len(text)) * 2); err != nil {
			return nil, err
		}
		if err := e.read(len(text) * 16); err != nil {
			return nil, err
		}
		documents := yamldoc.Split(text)
		var content []yamldoc.Document
		for _, document := range documents {
			if !document.Empty() {
				content = append(content, document)
			}
		}
		switch len(content) {
		case 0:
			return nil, nil
		case 1:
		default:
			return nil, &functionError{message: "fromYAML reads one document, and the text has several"}
		}
		read, err := yamldoc.Decode(content[0], options)
		if err != nil {
			return nil, e.yamlFault(err)
		}
		return read, e.chargeValue(read)
	}
}

// yamlFault says where YAML is wrong, without the text around it.
func (e *execution) yamlFault(err error) error {
	var problem *yamldoc.Error
	if !errors.As(err, &problem) {
		return &functionError{message: "fromYAML: the text is no YAML that Kubernetes reads"}
	}
	switch limits := e.set.limits; problem.Kind {
	case yamldoc.AliasLimit:
		return e.exceeded("YAMLAliasNodes", limits.YAMLAliasNodes+1, limits.YAMLAliasNodes, "fromYAML: the aliases of the text expand to too much", "")
	case yamldoc.DepthLimit:
		return e.exceeded("YAMLDepth", limits.YAMLDepth+1, limits.YAMLDepth, "fromYAML: the text nests too deep", "")
	}
	return &functionError{message: fmt.Sprintf("fromYAML: %s in line %d of the text", problem.Kind, problem.Line)}
}

func buildGetFile(e *execution, _ any) any {
	files := e.set.functions.files
	return func(path string) (string, error) {
		content, ok := files.Read(path)
		if !ok {
			hint := "paths begin at the folder of the manifest"
			if nearest, ok := diagnostic.Suggest(path, files.Paths()); ok {
				hint = fmt.Sprintf("did you mean %q?", nearest)
			}
			return "", &functionError{message: "getFile: the package has no such file", hint: hint}
		}
		return string(content), e.charge(int64(len(content)))
	}
}

func buildGetFileGlob(e *execution, _ any) any {
	files := e.set.functions.files
	return func(pattern string) (map[string]string, error) {
		if len(pattern) > maxPattern {
			return nil, &functionError{message: "getFileGlob: the pattern is longer than 4096 bytes"}
		}
		compiled, err := try("getFileGlob: the pattern does not parse", func() (*glob.Pattern, error) { return glob.Compile(pattern, '/') })
		if err != nil {
			return nil, err
		}
		if err := e.labour(int64(files.Len()) * int64(len(pattern)/8+1)); err != nil {
			return nil, err
		}
		found := map[string]string{}
		for _, path := range files.Paths() {
			if !compiled.Match(path) {
				continue
			}
			content, _ := files.Read(path)
			if err := e.charge(int64(len(content)) + entrySize); err != nil {
				return nil, err
			}
			found[path] = string(content)
		}
		return found, nil
	}
}

func buildB64DecMap(e *execution, _ any) any {
	return func(data map[string]any) (map[string]any, error) {
		decoded := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(data)) {
			encoded, ok := data[key].(string)
			if !ok {
				continue
			}
			if err := e.charge(int64(len(encoded)) + entrySize); err != nil {
				return nil, err
			}
			value, err := base64.StdEncoding.DecodeString(encoded)
			if err != nil {
				return nil, &functionError{message: "b64decMap: the value of key " + quoted(key) + " is no base64"}
			}
			decoded[key] = string(value)
		}
		return decoded, nil
	}
}

func buildCEL(e *execution, _ any) any {
	return func(expression string) (bool, error) {
		if e.scope.CEL == nil {
			return false, &functionError{message: "cel is not available here"}
		}
		value, err := e.scope.CEL(e.ctx, expression)
		if err == nil {
			e.celOutcome(expression, value)
			return value, nil
		}
		if e.ctx.Err() != nil {
			return false, e.stopped()
		}
		problem := &functionError{message: "cel: " + err.Error(), cause: err}
		if found, ok := diagnostic.From(err); ok {
			problem.message, problem.hint = "cel: "+found[0].Message, found[0].Hint
		}
		return false, problem
	}
}

func buildSemver(e *execution, sprig any) any {
	f := sprig.(func(string) (*semver.Version, error))
	return func(version string) (*semver.Version, error) {
		if err := e.charge(int64(len(version)) + 64); err != nil {
			return nil, err
		}
		return try("semver: the text is no semantic version", func() (*semver.Version, error) { return f(version) })
	}
}

func buildSemverCompare(e *execution, sprig any) any {
	f := sprig.(func(string, string) (bool, error))
	return func(constraint, version string) (bool, error) {
		if len(constraint) > maxPattern || len(version) > maxPattern {
			return false, &functionError{message: "semverCompare: the text is longer than 4096 bytes"}
		}
		// Constraints are read with regular expressions.
		if err := e.read((len(constraint) + len(version)) * 128); err != nil {
			return false, err
		}
		return try("semverCompare needs a constraint and a semantic version", func() (bool, error) { return f(constraint, version) })
	}
}

func buildURLParse(e *execution, sprig any) any {
	f := sprig.(func(string) map[string]any)
	return func(text string) (map[string]any, error) {
		if err := e.charge(int64(len(text))*3 + 8*entrySize); err != nil {
			return nil, err
		}
		return try("urlParse: the text is no URL", func() (map[string]any, error) { return f(text), nil })
	}
}

func buildURLJoin(e *execution, sprig any) any {
	f := sprig.(func(map[string]any) string)
	return func(parts map[string]any) (string, error) {
		size := 0
		for _, key := range []string{"scheme", "host", "path", "query", "opaque", "fragment", "userinfo"} {
			if part, ok := parts[key].(string); ok {
				size += len(part)
			}
		}
		if err := e.reserve(int64(size) * 6); err != nil {
			return "", err
		}
		made, err := try("urlJoin: the parts make no URL", func() (string, error) { return f(parts), nil })
		if err != nil {
			return "", err
		}
		return made, e.charge(int64(len(made)))
	}
}

// The functions that instrumented trees call.

// checkedPrint stands at the end of each printing action of traced trees.
const checkedPrint = "packstage_value"

func buildCheckedPrint(_ *execution, _ any) any {
	return func(v reflect.Value) (reflect.Value, error) {
		if !printable(v) {
			return v, &functionError{
				code:    diagnostic.TemplateNoValue,
				message: "the action would print <no value>: its value is null or not there",
				hint:    "default gives a value for it; with and if leave the text out",
			}
		}
		return v, nil
	}
}

// printable reports whether text/template prints a value, and not "<no value>".
func printable(v reflect.Value) bool {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v.IsValid()
}

func buildGuardedPrint(e *execution, _ any) any {
	return func(v reflect.Value) (reflect.Value, error) {
		if !printable(v) {
			return v, nil
		}
		switch v.Kind() {
		case reflect.Map, reflect.Slice, reflect.Array:
			m, err := e.measure(v.Interface())
			if err != nil {
				return v, err
			}
			return v, e.reserve(m.size(1))
		}
		return v, nil
	}
}

func buildGuardedValue(_ *execution, _ any) any {
	return func(v reflect.Value) reflect.Value {
		for v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		switch v.Kind() {
		case reflect.Map:
			if !v.IsNil() {
				return reflect.MakeMap(v.Type())
			}
		case reflect.Slice:
			if !v.IsNil() {
				return reflect.MakeSlice(v.Type(), 0, 0)
			}
		}
		return v
	}
}
