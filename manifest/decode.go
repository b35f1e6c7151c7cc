package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

// Decode limits for the format's own documents. They are far above anything
// that a person writes and keep hostile input cheap.
const (
	maxAliasNodes = 100_000
	maxDepth      = 200
)

// Decode decodes a PackageManifest. The file name is only used in positions.
//
// Fields are matched as Kubernetes does: exactly, else without regard to case.
// An unknown field, and one that differs in case, is a finding of severity
// Warning with a suggestion; broken YAML, a wrong apiVersion or kind and values
// of the wrong type are errors, and then the manifest is nil. Whether the
// values make sense is for package validate to say.
func Decode(file string, data []byte) (*PackageManifest, diagnostic.Diagnostics) {
	return decodeDocument[PackageManifest](file, data, PackageManifestKind)
}

// DecodeLock decodes a PackageManifestLock; see [Decode].
func DecodeLock(file string, data []byte) (*PackageManifestLock, diagnostic.Diagnostics) {
	return decodeDocument[PackageManifestLock](file, data, PackageManifestLockKind)
}

// DecodeContext decodes a [ContextFile]; see [Decode].
func DecodeContext(file string, data []byte) (*ContextFile, diagnostic.Diagnostics) {
	document, found := singleDocument(file, data)
	if found.HasErrors() {
		return nil, found
	}
	fields, found := decodeFields(file, document)
	if found.HasErrors() {
		return nil, found
	}
	return decodeInto[ContextFile](file, document, fields)
}

// DecodeConfig decodes a configuration file, YAML or JSON, into plain values:
// integers are int64, other numbers float64. An empty file is an empty
// configuration.
func DecodeConfig(file string, data []byte) (map[string]any, diagnostic.Diagnostics) {
	document, found := singleDocument(file, data)
	if found.HasErrors() {
		return nil, found
	}
	return decodeFields(file, document)
}

// CanonicalJSON returns the document of a manifest as JSON with sorted keys and
// without white space, unknown fields included.
func CanonicalJSON(file string, data []byte) ([]byte, error) {
	document, found := singleDocument(file, data)
	if found.HasErrors() {
		return nil, found
	}
	fields, found := decodeFields(file, document)
	if found.HasErrors() {
		return nil, found
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fields); err != nil {
		return nil, fmt.Errorf("encode %s: %w", file, err)
	}
	return bytes.TrimRight(buffer.Bytes(), "\n"), nil
}

func decodeDocument[T any](file string, data []byte, kind string) (*T, diagnostic.Diagnostics) {
	document, found := singleDocument(file, data)
	if found.HasErrors() {
		return nil, found
	}
	fields, found := decodeFields(file, document)
	if found.HasErrors() {
		return nil, found
	}
	if found := checkType(file, document, fields, kind); found.HasErrors() {
		return nil, found
	}
	return decodeInto[T](file, document, fields)
}

// singleDocument returns the one document of a file; a file without content
// counts as one empty document.
func singleDocument(file string, data []byte) (yamldoc.Document, diagnostic.Diagnostics) {
	var full []yamldoc.Document
	for _, document := range yamldoc.Split(data) {
		if !document.Empty() {
			full = append(full, document)
		}
	}
	switch len(full) {
	case 0:
		return yamldoc.Document{Number: 1, Line: 1, FirstLine: 1}, nil
	case 1:
		return full[0], nil
	default:
		return yamldoc.Document{}, diagnostic.Diagnostics{{
			Code:     diagnostic.YAMLInvalid,
			Position: diagnostic.Position{File: file, Line: full[1].Line, Document: full[1].Number},
			Message:  fmt.Sprintf("the file holds %d documents, but only one is allowed", len(full)),
			Hint:     `remove the second document or its "---"`,
		}}
	}
}

func decodeFields(file string, document yamldoc.Document) (map[string]any, diagnostic.Diagnostics) {
	if document.Empty() {
		return map[string]any{}, nil
	}
	fields, err := yamldoc.DecodeMap(document, yamldoc.Options{MaxAliasNodes: maxAliasNodes, MaxDepth: maxDepth})
	if err != nil {
		fault := YAMLDiagnostic(file, document.Number, err)
		if fault.Code == diagnostic.ObjectInvalid { // these files hold fields, not objects
			fault.Code, fault.Hint = diagnostic.YAMLInvalid, `write fields, each as "name: value"`
		}
		return nil, diagnostic.Diagnostics{fault}
	}
	return fields, nil
}

// YAMLDiagnostic turns an error of reading YAML into a finding in that file.
func YAMLDiagnostic(file string, number int, err error) diagnostic.Diagnostic {
	found := diagnostic.Diagnostic{
		Code:     diagnostic.YAMLInvalid,
		Position: diagnostic.Position{File: file, Document: number},
		Message:  err.Error(),
		Err:      err,
	}
	var yamlError *yamldoc.Error
	if errors.As(err, &yamlError) {
		found.Position.Line, found.Position.Column = yamlError.Line, yamlError.Column
		found.Message, found.Hint = yamlError.Message, yamlError.Hint
		switch yamlError.Kind {
		case yamldoc.DuplicateKey:
			found.Code = diagnostic.YAMLDuplicateKey
		case yamldoc.AliasLimit, yamldoc.DepthLimit:
			found.Code = diagnostic.LimitExceeded
		case yamldoc.NotAMapping:
			found.Code = diagnostic.ObjectInvalid
		}
	}
	return found
}

// checkType checks apiVersion and kind, with the version apart from the group,
// since a newer version calls for another cure than a wrong file.
func checkType(file string, document yamldoc.Document, fields map[string]any, kind string) diagnostic.Diagnostics {
	apiVersion, _ := fields["apiVersion"].(string)
	actualKind, _ := fields["kind"].(string)
	if apiVersion == APIVersion && actualKind == kind {
		return nil
	}
	const group = "manifests.package-operator.run/"
	field, message, hint := "apiVersion", "", fmt.Sprintf("the file begins with apiVersion: %s and kind: %s", APIVersion, kind)
	switch {
	case len(fields) == 0:
		message = "the file is empty"
	case apiVersion == "":
		message = "apiVersion is missing"
	case len(apiVersion) > len(group) && apiVersion[:len(group)] == group && apiVersion != APIVersion:
		message = fmt.Sprintf("unknown version %q of the format", apiVersion[len(group):])
		hint = "known: v1alpha1; a newer packstage may read it"
	case apiVersion != APIVersion:
		message = fmt.Sprintf("apiVersion is %q, not %q", apiVersion, APIVersion)
	case actualKind == "":
		field, message = "kind", "kind is missing"
	default:
		field, message = "kind", fmt.Sprintf("kind is %q, not %q", actualKind, kind)
	}
	return diagnostic.Diagnostics{{
		Code:     diagnostic.ManifestUnknownVersion,
		Position: newLocator(file, document).locate([]any{field}, false),
		Field:    field,
		Message:  message,
		Hint:     hint,
	}}
}
