package verify

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

// MaxPolicyBytes bounds a policy file.
const MaxPolicyBytes = 1 << 20

// Bounds of the YAML of a policy: far above what a person writes.
const (
	maxPolicyAliasNodes = 10_000
	maxPolicyDepth      = 20
)

// DecodePolicy reads a policy in YAML or JSON:
//
//	policies:
//	- prefix: registry.example.com/team   # a host, or a host and a path
//	  mode: require                       # or warn, or off
//	  keys:                               # files beside this one, or PEM
//	  - team.pub
//	  identities:
//	  - issuer: https://token.actions.githubusercontent.com
//	    subject: https://github.com/team/shop/.github/workflows/release.yaml@refs/heads/main
//	    # or subjectRegExp, which the whole subject has to match
//	  threshold: 1                        # how many of them must have signed
//	  signedAs: [staging.example.com]     # other repositories that signatures may name
//	- prefix: ./                          # packages in files
//	  mode: off
//	- prefix: "*"                         # everything else
//	  mode: require
//	  keys: [company.pub]
//	keyless:                              # what attests identities; see [Requirements]
//	  trustedRoot: trusted_root.json      # a file beside this one
//
// The longest prefix wins, and it alone counts. What no entry covers is refused.
//
// The file name is used in positions. Keys that are no PEM are read with readKey,
// by the name that the policy has for them.
//
// Findings have the codes PolicyInvalid, PolicyUnknownField, YAMLInvalid,
// YAMLDuplicateKey, LimitExceeded, or those of [ParsePublicKey]. All of them are
// errors: a policy is understood wholly, or not used.
func DecodePolicy(file string, data []byte, readKey func(name string) ([]byte, error)) (*Policy, diagnostic.Diagnostics) {
	document, found := policyDocument(file, data)
	if found != nil {
		return nil, found
	}
	fields, err := yamldoc.DecodeMap(document, yamldoc.Options{MaxAliasNodes: maxPolicyAliasNodes, MaxDepth: maxPolicyDepth})
	if err != nil {
		return nil, diagnostic.Diagnostics{policyYAMLFault(file, err)}
	}
	d := policyDecoder{file: file, document: document, locator: yamldoc.NewLocator(document), readKey: readKey}
	entries := d.policy(fields)
	keyless := d.keyless(fields["keyless"])
	if len(d.found) == 0 {
		policy, err := NewPolicy(entries...)
		if err == nil {
			policy.keyless = keyless
			return policy, nil
		}
		d.adopt(err)
	}
	return nil, d.found.Sorted()
}

// ReadPolicy reads a policy file; see [DecodePolicy]. Names of key files are
// relative to the folder of the policy. The error is a [diagnostic.Diagnostics]
// where the policy is at fault, and another one where it cannot be read.
func ReadPolicy(path string) (*Policy, error) {
	data, err := readSmallFile(path, MaxPolicyBytes)
	if err != nil {
		return nil, fmt.Errorf("read signature policy: %w", err)
	}
	policy, found := DecodePolicy(path, data, func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(path), filepath.FromSlash(name))
		}
		return readSmallFile(name, MaxKeyBytes)
	})
	if policy != nil {
		policy.keyless.beside(path)
	}
	return policy, found.Err()
}

// readSmallFile reads a regular file; one that is too large is read a byte
// beyond the limit, which its parser refuses.
func readSmallFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("is a folder")}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit+1))
}

func policyDocument(file string, data []byte) (yamldoc.Document, diagnostic.Diagnostics) {
	fault := func(code diagnostic.Code, line int, message, hint string) diagnostic.Diagnostics {
		return diagnostic.Diagnostics{{Code: code, Position: diagnostic.Position{File: file, Line: line}, Message: message, Hint: hint}}
	}
	if len(data) > MaxPolicyBytes {
		return yamldoc.Document{}, fault(diagnostic.LimitExceeded, 0, fmt.Sprintf("a policy has at most %d bytes", MaxPolicyBytes), "")
	}
	var full []yamldoc.Document
	for _, document := range yamldoc.Split(data) {
		if !document.Empty() {
			full = append(full, document)
		}
	}
	switch len(full) {
	case 0:
		return yamldoc.Document{}, fault(diagnostic.PolicyInvalid, 1, "the policy is empty", `"policies:" begins the list of entries`)
	case 1:
		return full[0], nil
	default:
		return yamldoc.Document{}, fault(diagnostic.YAMLInvalid, full[1].Line,
			fmt.Sprintf("the file holds %d documents, but only one is allowed", len(full)), `remove the second document or its "---"`)
	}
}

func policyYAMLFault(file string, err error) diagnostic.Diagnostic {
	fault := diagnostic.Diagnostic{
		Code: diagnostic.YAMLInvalid, Position: diagnostic.Position{File: file}, Message: err.Error(), Err: err,
	}
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
	}
	return fault
}

// policyDecoder turns plain values into entries and notes what does not fit.
type policyDecoder struct {
	file     string
	document yamldoc.Document
	locator  *yamldoc.Locator
	readKey  func(name string) ([]byte, error)
	found    diagnostic.Diagnostics
}

func (d *policyDecoder) fault(code diagnostic.Code, message, hint string, path ...any) {
	d.found = append(d.found, diagnostic.Diagnostic{
		Code: code, Position: d.position(path), Field: diagnostic.FieldPath(path...), Message: message, Hint: hint,
	})
}

// position is that of a field, or of the nearest one above it that is there.
func (d *policyDecoder) position(path []any) diagnostic.Position {
	for n := len(path); n > 0; n-- {
		find := d.locator.Locate
		if n < len(path) {
			find = d.locator.LocateKey
		}
		if line, column, ok := find(path[:n]...); ok {
			return diagnostic.Position{File: d.file, Line: line, Column: column}
		}
	}
	return diagnostic.Position{File: d.file, Line: d.document.Line}
}

// adopt takes over findings that know their fields but not their positions.
func (d *policyDecoder) adopt(err error) {
	found, _ := diagnostic.From(err)
	for _, finding := range found {
		finding.Position = d.position(diagnostic.ParseFieldPath(finding.Field))
		d.found = append(d.found, finding)
	}
}

func (d *policyDecoder) policy(fields map[string]any) []Entry {
	d.checkKeys(fields, []string{"policies", "keyless"})
	if _, ok := fields["policies"]; !ok && len(d.found) == 0 {
		d.fault(diagnostic.PolicyInvalid, "policies is missing", "it is the list of entries")
	}
	var entries []Entry
	for i, item := range d.list(fields["policies"], "policies") {
		if values, ok := d.mapping(item, "policies", i); ok {
			entries = append(entries, d.entry(values, i))
		}
	}
	return entries
}

func (d *policyDecoder) entry(values map[string]any, i int) Entry {
	at := func(path ...any) []any { return append([]any{"policies", i}, path...) }
	d.checkKeys(values, []string{"prefix", "mode", "keys", "identities", "threshold", "signedAs"}, at()...)
	entry := Entry{
		Prefix: d.text(values["prefix"], at("prefix")...),
		Mode:   d.mode(values["mode"], at("mode")...),
	}
	for k, item := range d.list(values["keys"], at("keys")...) {
		if key := d.key(d.text(item, at("keys", k)...), at("keys", k)...); key != nil {
			entry.Keys = append(entry.Keys, key)
		}
	}
	for k, item := range d.list(values["identities"], at("identities")...) {
		fields, ok := d.mapping(item, at("identities", k)...)
		if !ok {
			continue
		}
		d.checkKeys(fields, []string{"issuer", "subject", "subjectRegExp"}, at("identities", k)...)
		entry.Identities = append(entry.Identities, Identity{
			Issuer:        d.text(fields["issuer"], at("identities", k, "issuer")...),
			Subject:       d.text(fields["subject"], at("identities", k, "subject")...),
			SubjectRegExp: d.text(fields["subjectRegExp"], at("identities", k, "subjectRegExp")...),
		})
	}
	switch threshold := values["threshold"].(type) {
	case nil:
	case int64:
		const most = 1000
		entry.Threshold = int(min(max(threshold, -1), most))
		if threshold == 0 {
			d.fault(diagnostic.PolicyInvalid, "a threshold of 0 would need no signature", `leave it out for 1, or write "mode: off"`, at("threshold")...)
		}
	default:
		d.fault(diagnostic.PolicyInvalid, "must be a whole number", "", at("threshold")...)
	}
	for k, item := range d.list(values["signedAs"], at("signedAs")...) {
		entry.SignedAs = append(entry.SignedAs, d.text(item, at("signedAs", k)...))
	}
	return entry
}

// mode reads the mode; "off" without quotes is a boolean in YAML.
func (d *policyDecoder) mode(value any, path ...any) Mode {
	if value == false {
		return Off
	}
	return Mode(d.text(value, path...))
}

func (d *policyDecoder) key(text string, path ...any) *PublicKey {
	if text == "" {
		d.fault(diagnostic.PolicyInvalid, "the key is empty", "write the name of a file, or PEM", path...)
		return nil
	}
	name, data := text, []byte(text)
	if strings.Contains(text, "-----BEGIN") {
		name = diagnostic.FieldPath(path...)
	} else {
		if strings.ContainsAny(text, "\n\r\x00") || d.readKey == nil {
			d.fault(diagnostic.PolicyInvalid, "is neither the name of a file nor PEM", publicKeyHint, path...)
			return nil
		}
		read, err := d.readKey(text)
		if err != nil {
			d.fault(diagnostic.PolicyInvalid, "the key cannot be read: "+err.Error(), "names are relative to the folder of the policy", path...)
			return nil
		}
		data = read
	}
	key, err := ParsePublicKey(name, data)
	if err != nil {
		found, _ := diagnostic.From(err)
		for _, finding := range found {
			if name != text {
				name = "it"
			}
			d.fault(finding.Code, name+" "+finding.Message, finding.Hint, path...)
		}
		return nil
	}
	return key
}

func (d *policyDecoder) list(value any, path ...any) []any {
	if value == nil {
		return nil
	}
	items, ok := value.([]any)
	if !ok {
		d.fault(diagnostic.PolicyInvalid, "must be a list", `write [a, b], or each item on a line of its own after "- "`, path...)
	}
	return items
}

func (d *policyDecoder) mapping(value any, path ...any) (map[string]any, bool) {
	fields, ok := value.(map[string]any)
	if !ok {
		d.fault(diagnostic.PolicyInvalid, "must be a mapping", `write fields, each as "name: value"`, path...)
	}
	return fields, ok
}

func (d *policyDecoder) text(value any, path ...any) string {
	text, ok := value.(string)
	if !ok && value != nil {
		d.fault(diagnostic.PolicyInvalid, "must be a string", "put it in quotes", path...)
	}
	return text
}

func (d *policyDecoder) checkKeys(fields map[string]any, known []string, path ...any) {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if slices.Contains(known, key) {
			continue
		}
		field := append(path[:len(path):len(path)], key)
		finding := diagnostic.Diagnostic{
			Code: diagnostic.PolicyUnknownField, Position: d.position(field), Field: diagnostic.FieldPath(field...),
			Message: "unknown field", Hint: diagnostic.DidYouMean(key, known),
		}
		if line, column, ok := d.locator.LocateKey(field...); ok {
			finding.Position.Line, finding.Position.Column = line, column
		}
		d.found = append(d.found, finding)
	}
}
