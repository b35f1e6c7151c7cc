package credentials

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/packstage/packstage/internal/atomicfile"
)

// maxFileBytes bounds a configuration file.
const maxFileBytes = 8 << 20

// file is a config.json or auth.json: what is not about credentials is kept as it
// is.
type file struct {
	path    string
	fields  map[string]json.RawMessage
	auths   map[string]json.RawMessage
	store   string            // credsStore
	helpers map[string]string // credHelpers
}

// entry is one of auths.
type entry struct {
	Auth          string `json:"auth,omitempty"`
	Username      string `json:"username,omitempty"`
	Password      string `json:"password,omitempty"`
	IdentityToken string `json:"identitytoken,omitempty"`
	RegistryToken string `json:"registrytoken,omitempty"`
}

// readFile reads a file. Where there is none, the error is fs.ErrNotExist.
func readFile(path string) (*file, error) {
	opened, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	defer opened.Close()
	raw, err := io.ReadAll(io.LimitReader(opened, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	if len(raw) > maxFileBytes {
		return nil, fmt.Errorf("read credentials: %s has more than %d bytes", path, maxFileBytes)
	}
	return parseFile(path, raw)
}

func parseFile(path string, raw []byte) (*file, error) {
	read := &file{path: path}
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	fault := func(what string) error {
		// The cause may quote a secret.
		return fmt.Errorf("read credentials: %s: %s; correct the file or remove it", path, what)
	}
	if err := json.Unmarshal(raw, &read.fields); err != nil || read.fields == nil {
		return nil, fault("it is not a JSON object")
	}
	for key, target := range map[string]any{"auths": &read.auths, "credsStore": &read.store, "credHelpers": &read.helpers} {
		value, ok := read.fields[key]
		if !ok {
			continue
		}
		if err := json.Unmarshal(value, target); err != nil {
			return nil, fault(key + " is not of the form that Docker writes")
		}
	}
	return read, nil
}

// helper is the suffix of the program that keeps the credentials of a host, and
// the setting that names it.
func (f *file) helper(host string) (name, setting string) {
	for _, key := range keysOf(host) {
		if helper, ok := f.helpers[key]; ok {
			return helper, "credHelpers of " + f.path
		}
	}
	return f.store, "credsStore of " + f.path
}

// find returns what the file itself holds for a host, or for a host with a path.
func (f *file) find(place string) (authn.AuthConfig, error) {
	for _, key := range keysOf(place) {
		raw, ok := f.auths[key]
		if !ok {
			continue
		}
		found, err := decodeEntry(raw)
		if err != nil {
			return found, fmt.Errorf("read credentials: %s: the entry for %s %w; log in again", f.path, place, err)
		}
		if found != (authn.AuthConfig{}) {
			return found, nil
		}
	}
	return authn.AuthConfig{}, nil
}

func decodeEntry(raw json.RawMessage) (authn.AuthConfig, error) {
	var read entry
	if err := json.Unmarshal(raw, &read); err != nil {
		return authn.AuthConfig{}, errors.New("is not of the form that Docker writes")
	}
	found := authn.AuthConfig{
		Username: read.Username, Password: read.Password, IdentityToken: read.IdentityToken, RegistryToken: read.RegistryToken,
	}
	if read.Auth == "" {
		return found, nil
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(read.Auth))
	if err != nil {
		return found, errors.New("has an auth that is not Base64")
	}
	user, password, ok := strings.Cut(string(decoded), ":")
	if !ok {
		return found, errors.New("has an auth without a colon in it")
	}
	found.Username, found.Password = user, strings.TrimRight(password, "\x00")
	return found, nil
}

// set puts an entry in the place of all that there are for a host.
func (f *file) set(host string, value entry) error {
	f.remove(host)
	raw, err := json.Marshal(value)
	if err != nil {
		return errors.New("the credentials cannot be written as JSON")
	}
	if f.auths == nil {
		f.auths = map[string]json.RawMessage{}
	}
	f.auths[canonicalKey(host)] = raw
	return nil
}

// remove removes all entries of a host, and tells whether there were any.
func (f *file) remove(host string) bool {
	before := len(f.auths)
	for _, key := range keysOf(host) {
		delete(f.auths, key)
	}
	return len(f.auths) < before
}

// write writes the file, readable for its owner only.
func (f *file) write() error {
	fields := f.fields
	if fields == nil {
		fields = map[string]json.RawMessage{}
	}
	auths, err := json.Marshal(f.auths)
	if err != nil {
		return fmt.Errorf("write credentials: %s cannot be written as JSON", f.path)
	}
	if f.auths == nil {
		auths = []byte("{}")
	}
	fields["auths"] = auths
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return fmt.Errorf("write credentials: %w", err)
	}
	err = atomicfile.WriteFile(f.path, 0o600, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "\t")
		return encoder.Encode(fields)
	})
	if err != nil {
		return fmt.Errorf("write credentials: %w", err)
	}
	return nil
}

// open reads config.json, or is an empty one.
func (s *Store) open() (*file, error) {
	path, err := s.path()
	if err != nil {
		return nil, err
	}
	read, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &file{path: path}, nil
	}
	return read, err
}

// read returns the file that credentials are looked up in: nil where there is
// none.
func (s *Store) read() (*file, error) {
	var paths []string
	if path, err := s.path(); err == nil {
		paths = append(paths, path)
	}
	for _, path := range append(paths, s.options.Others...) {
		read, err := readFile(path)
		if !errors.Is(err, fs.ErrNotExist) {
			return read, err
		}
	}
	return nil, nil
}

func encodeAuth(username, password string) string {
	return base64.StdEncoding.EncodeToString([]byte(username + ":" + password))
}
