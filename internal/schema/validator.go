package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/packstage/packstage/diagnostic"
)

// Validator judges values by a checked schema. It is immutable and safe for
// concurrent use.
type Validator struct {
	schema   *Schema
	compiled *jsonschema.Schema
	document map[string]any
}

// Finding is one thing that is wrong with a value.
type Finding struct {
	Code          diagnostic.Code
	Path          *Path
	Message, Hint string
	// Blocking is set where rules (x-kubernetes-validations) cannot be judged
	// any more: a missing key, a wrong type, a value that is too long.
	Blocking bool
}

// documentURL names the compiled document; nothing is ever loaded from it.
const documentURL = "packstage:config-schema"

// NewValidator compiles a checked schema. An error is a defect of the schema
// that [Check] let pass.
func NewValidator(s *Schema) (*Validator, error) {
	document := s.draft4()
	encoded, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("encode configuration schema: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft4
	compiler.RegisterExtension(keywordValue, nil, valueExtension{})
	compiler.RegisterExtension(keywordNumber, nil, numberExtension{})
	compiler.RegisterExtension(keywordNever, nil, neverExtension{})
	s.registerFormats(compiler.Formats)
	if err := compiler.AddResource(documentURL, bytes.NewReader(encoded)); err != nil {
		return nil, fmt.Errorf("read configuration schema: %w", err)
	}
	compiled, err := compiler.Compile(documentURL)
	if err != nil {
		return nil, fmt.Errorf("compile configuration schema: %w", err)
	}
	return &Validator{schema: s, compiled: compiled, document: document}, nil
}

// registerFormats adds the checks of the formats that the schema uses.
func (s *Schema) registerFormats(formats map[string]func(any) bool) {
	if s == nil {
		return
	}
	if check := stringFormat(s.Format); check != nil {
		for _, prefix := range []string{formatPrefix, strictPrefix} {
			name := prefix + s.Format
			if _, ok := formats[name]; !ok {
				formats[name] = formatCheck(name, check)
			}
		}
	}
	s.Items.registerFormats(formats)
	if s.AdditionalProperties != nil {
		s.AdditionalProperties.Schema.registerFormats(formats)
	}
	for _, property := range s.Properties {
		property.registerFormats(formats)
	}
	for _, nested := range s.valueValidations() {
		nested.registerFormats(formats)
	}
}

// Validate returns what is wrong with a pruned and defaulted value, in no
// particular order.
func (v *Validator) Validate(value any, at *Path) []Finding {
	var findings []Finding
	report := func(f Finding) { findings = append(findings, f) }
	err := v.compiled.Validate(value)
	var invalid *jsonschema.ValidationError
	switch {
	case errors.As(err, &invalid):
		v.collect(invalid, value, at, report)
	case err != nil: // a value that is not plain: cannot come out of a Copier
		report(Finding{Code: diagnostic.ConfigInvalid, Path: at, Message: err.Error(), Blocking: true})
	}
	checkEmbedded(v.schema, value, at, report)
	checkLists(v.schema, value, at, report)
	return findings
}

// collect turns a tree of errors into findings: one for each leaf, and one for
// each junctor that does not let its branches speak for themselves.
func (v *Validator) collect(e *jsonschema.ValidationError, value any, at *Path, report func(Finding)) {
	keyword := lastToken(e.KeywordLocation)
	if keyword == "anyOf" || keyword == "oneOf" || len(e.Causes) == 0 {
		place := v.locate(e.InstanceLocation, value, at)
		for _, f := range v.explain(e, keyword, place) {
			report(f)
		}
		return
	}
	for _, cause := range e.Causes {
		v.collect(cause, value, at, report)
	}
}

// place is a value with all that is known about it.
type place struct {
	root      any
	rootPath  *Path
	value     any
	path      *Path
	schema    *Schema
	sensitive bool
}

// locate follows a JSON pointer through the value and the schema.
func (v *Validator) locate(pointer string, value any, at *Path) place {
	p := place{root: value, rootPath: at, value: value, path: at, schema: v.schema, sensitive: v.schema.Sensitive}
	for _, token := range tokens(pointer) {
		switch container := p.value.(type) {
		case map[string]any:
			p = p.child(p.path.Property(token), container[token], p.schema.Property(token))
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(container) {
				return p
			}
			p = p.child(p.path.Index(i), container[i], p.schema.items())
		}
	}
	return p
}

// child returns the place of a part of the value; what is sensitive stays so below.
func (p place) child(path *Path, value any, s *Schema) place {
	p.path, p.value, p.schema = path, value, s
	p.sensitive = p.sensitive || s != nil && s.Sensitive
	return p
}

// node returns the part of the compiled document in which a keyword stands.
func (v *Validator) node(keywordLocation string) map[string]any {
	var current any = v.document
	path := tokens(keywordLocation)
	for _, token := range path[:max(0, len(path)-1)] {
		switch container := current.(type) {
		case map[string]any:
			current = container[token]
		case []any:
			if i, err := strconv.Atoi(token); err == nil && i < len(container) {
				current = container[i]
			}
		}
	}
	node, _ := current.(map[string]any)
	return node
}

// tokens splits a JSON pointer as the library writes it: percent-encoded.
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, part := range parts {
		if decoded, err := url.PathUnescape(part); err == nil {
			part = decoded
		}
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
	}
	return parts
}

func lastToken(pointer string) string { return pointer[strings.LastIndexByte(pointer, '/')+1:] }
