package keyless

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/packstage/packstage/diagnostic"
)

// MaxTrustedRootBytes bounds a trusted root; that of sigstore's public deployment
// has some 10 KB.
const MaxTrustedRootBytes = 4 << 20

// TrustedRoot holds the authorities and logs of a sigstore deployment. It is
// immutable and safe for concurrent use.
type TrustedRoot struct {
	name     string
	material *root.TrustedRoot
}

// ReadTrustedRoot reads the file of a trusted root; see [ParseTrustedRoot]. A file
// that cannot be read is another error than one that does not parse.
func ReadTrustedRoot(path string) (*TrustedRoot, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("is a folder")}
	}
	if err != nil {
		return nil, fmt.Errorf("read trusted root: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read trusted root: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, MaxTrustedRootBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read trusted root: %w", err)
	}
	return ParseTrustedRoot(path, data)
}

// ParseTrustedRoot reads a trusted root in the JSON form of sigstore's
// trusted_root.json (dev.sigstore.trustroot.v1.TrustedRoot). The name is used in
// findings.
//
// The error is a [diagnostic.Diagnostics] with code TrustedRootInvalid, or
// LimitExceeded above [MaxTrustedRootBytes].
//
// The form: https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
func ParseTrustedRoot(name string, data []byte) (trusted *TrustedRoot, err error) {
	if len(data) > MaxTrustedRootBytes {
		return nil, rootFault(diagnostic.LimitExceeded, name, fmt.Sprintf("a trusted root has at most %d bytes", MaxTrustedRootBytes), "")
	}
	defer func() {
		if fault := recover(); fault != nil { // see VerifyIdentity
			trusted, err = nil, rootFault(diagnostic.TrustedRootInvalid, name, fmt.Sprintf("cannot be read: %v", fault), rootHint)
		}
	}()
	message, err := root.NewTrustedRootProtobuf(data)
	if err != nil {
		// What the parser says varies between its builds, and speaks of Protocol Buffers.
		return nil, rootFault(diagnostic.TrustedRootInvalid, name, "is no JSON of a trusted root", rootHint)
	}
	material, err := root.NewTrustedRootFromProtobuf(message)
	if err != nil {
		return nil, rootFault(diagnostic.TrustedRootInvalid, name, "does not parse as a trusted root: "+err.Error(), rootHint)
	}
	if len(material.FulcioCertificateAuthorities()) == 0 {
		return nil, rootFault(diagnostic.TrustedRootInvalid, name, "names no authority that issues certificates, so no signature could be verified", rootHint)
	}
	return &TrustedRoot{name: name, material: material}, nil
}

const rootHint = "take the file trusted_root.json of the deployment that signs"

func rootFault(code diagnostic.Code, name, message, hint string) error {
	return diagnostic.Diagnostics{{Code: code, Position: diagnostic.Position{File: name}, Message: message, Hint: hint}}
}
