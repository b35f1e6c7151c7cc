package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	yamlv2 "go.yaml.in/yaml/v2"
)

// Options are the limits of Decode; the zero value has none but those of the
// parser and of JSON.
type Options struct {
	// MaxAliasNodes bounds the nodes that come from expanding aliases; 0 is no
	// bound.
	MaxAliasNodes int64
	// MaxDepth bounds the nesting of mappings and sequences, those from aliases
	// included; a scalar has depth 0, an empty list depth 1. 0 is no bound but
	// that of Kubernetes' JSON decoder, 10,000.
	MaxDepth int64
	// LastKeyWins reads a mapping with one key twice as kubectl does, instead of
	// refusing it. Keys that are the same only as JSON ("1" and 1) stay refused.
	LastKeyWins bool
	// ReadOnly says that nobody ever changes the bytes of the document: strings in
	// the value may be parts of them, which they keep alive. Without it they are
	// parts of a copy.
	ReadOnly bool
}

// jsonDepth is the nesting at which Kubernetes' JSON decoder gives up.
const jsonDepth = 10000

func (o Options) depth() int64 {
	if o.MaxDepth <= 0 || o.MaxDepth > jsonDepth {
		return jsonDepth
	}
	return o.MaxDepth
}

// Decode reads a document into nil, bool, int64, float64, string, []any and
// map[string]any. A document without content is nil. Aliases are expanded, so
// that no two parts of the value share memory. Every error is an *Error.
func Decode(d Document, o Options) (any, error) {
	if v, ok := readFast(d.Data, o); ok {
		return v, nil
	}
	return readLibrary(d, o)
}

// readLibrary reads with the library that kubectl uses.
func readLibrary(d Document, o Options) (any, error) {
	if err := checkEncoding(d); err != nil {
		return nil, err
	}
	if mayAlias(d.Data) {
		if err := checkAliases(d, o); err != nil {
			return nil, err
		}
	}
	return decodeStrict(d, o)
}

// DecodeMap is Decode for a document that must be a mapping; any other, empty
// ones included, is a NotAMapping.
func DecodeMap(d Document, o Options) (map[string]any, error) {
	v, err := Decode(d, o)
	if err != nil {
		return nil, err
	}
	if m, ok := v.(map[string]any); ok {
		return m, nil
	}
	e := &Error{
		Kind:    NotAMapping,
		Line:    d.Line,
		Message: fmt.Sprintf("the document is %s, not a mapping", describe(v)),
	}
	if at := contentOffset(d.Data); at >= 0 {
		_, e.Column = d.position(at)
	}
	return nil, e
}

func describe(v any) string {
	switch v.(type) {
	case nil:
		return "empty"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	default:
		return "a number"
	}
}

// decodeStrict reads in the library's mode that refuses duplicate keys.
func decodeStrict(d Document, o Options) (any, error) {
	raw, err := unmarshal(d.Data, true)
	var typeError *yamlv2.TypeError
	if errors.As(err, &typeError) {
		// Strict mode takes a key that overrides a merged one for a duplicate.
		if e := inspect(d, o); e != nil && (e.Kind != DuplicateKey || !o.LastKeyWins) {
			return nil, e
		}
		raw, err = unmarshal(d.Data, false)
	}
	if err != nil {
		// What is no matter of syntax but of meaning, the nodes show better.
		if e := inspect(d, o); e != nil {
			return nil, e
		}
		return nil, syntaxError(d, o, err)
	}
	n := normalizer{depth: o.depth()}
	v, ok := n.value(raw, 0)
	if ok {
		return v, nil
	}
	if e := inspect(d, o); e != nil {
		return nil, e
	}
	return nil, &Error{Kind: n.kind, Line: d.Line, Message: "the document holds a " + n.kind.String()}
}

var (
	errTrailing = errors.New("content after the end of the document")
	errSecond   = errors.New("a second document")
)

// unmarshal reads the only document in data. A panic of the library is an
// error: no input may end the process.
func unmarshal(data []byte, strict bool) (v any, err error) {
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, fmt.Errorf("yaml: the parser failed: %v", r)
		}
	}()
	dec := yamlv2.NewDecoder(bytes.NewReader(data))
	dec.SetStrict(strict)
	if err := dec.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	// The library stops at the end of the first document: what follows would
	// be lost in silence.
	switch err := dec.Decode(&discard{}); {
	case errors.Is(err, io.EOF):
		return v, nil
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errTrailing, err)
	default:
		return nil, errSecond
	}
}

// discard takes any node without looking into it.
type discard struct{}

// UnmarshalYAML does nothing.
func (*discard) UnmarshalYAML(func(any) error) error { return nil }

// normalizer turns what the YAML library makes into what the JSON pass of
// kubectl makes of it. It stops at the first thing that JSON cannot hold and
// says only of what kind that is: which one comes first in the document is
// looked up by inspect.
type normalizer struct {
	depth int64
	kind  ErrorKind
}

func (n *normalizer) value(v any, depth int64) (any, bool) {
	switch v := v.(type) {
	case string:
		return jsonText(v), true
	case map[any]any:
		return n.mapping(v, depth+1)
	case []any:
		if depth+1 > n.depth {
			return n.fail(DepthLimit)
		}
		for i, item := range v {
			item, ok := n.value(item, depth+1)
			if !ok {
				return nil, false
			}
			v[i] = item
		}
		return v, true
	case int:
		return int64(v), true
	case uint64:
		return jsonUint(v), true
	case float64:
		if f, ok := jsonFloat(v); ok {
			return f, true
		}
		return n.fail(InvalidValue)
	default: // nil, bool, int64
		return v, true
	}
}

func (n *normalizer) mapping(m map[any]any, depth int64) (any, bool) {
	if depth > n.depth {
		return n.fail(DepthLimit)
	}
	out := make(map[string]any, len(m))
	for k, v := range m {
		key, ok := keyText(k)
		if !ok {
			return n.fail(InvalidValue)
		}
		if out[key], ok = n.value(v, depth); !ok {
			return nil, false
		}
	}
	if len(out) < len(m) {
		return n.fail(DuplicateKey)
	}
	return out, true
}

func (n *normalizer) fail(kind ErrorKind) (any, bool) {
	n.kind = kind
	return nil, false
}
