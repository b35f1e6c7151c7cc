package registries

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
)

// cell is one registry of the matrix with a user who has an account there.
type cell struct {
	*Registry
	user *User
	// transport are the flags that say how the registry is reached.
	transport []string
	// key and public are files of the key pair that it is signed with.
	key, public string
	// digest of the package that was pushed.
	digest string
	// attached is the digest of what hangs on it.
	attached string
}

func newCell(t *testing.T, r *Registry) *cell {
	t.Helper()
	c := &cell{Registry: r, user: NewUser(t, r)}
	switch r.Transport {
	case TLS:
		c.transport = []string{"--ca-file", r.CAFile()}
	case MutualTLS:
		c.user.configureRegistries(t, registryEntry{
			Prefix: r.Host, CA: r.CAFile(), ClientCertificate: r.Client.CertificateFile, ClientKey: r.Client.KeyFile,
		})
	}
	return c
}

// registryEntry is one of registries.yaml.
type registryEntry struct {
	Prefix            string   `json:"prefix"`
	Location          string   `json:"location,omitempty"`
	Mirrors           []string `json:"mirrors,omitempty"`
	CA                string   `json:"ca,omitempty"`
	ClientCertificate string   `json:"clientCertificate,omitempty"`
	ClientKey         string   `json:"clientKey,omitempty"`
}

// configureRegistries writes the user's registries.yaml, where packstage finds it.
func (u *User) configureRegistries(t *testing.T, entries ...registryEntry) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"registries": entries}) // JSON is YAML
	require.NoError(t, err)
	folder := filepath.Join(u.Home, "packstage")
	require.NoError(t, os.MkdirAll(folder, 0o755))
	return writeFile(t, folder, "registries.yaml", raw)
}

// reference names something in the registry: ":v1", "@sha256:…".
func (c *cell) reference(suffix string) string { return c.Host + "/team/webapp" + suffix }

// run runs the program under test with the flags of the registry.
func (c *cell) run(t *testing.T, arguments ...string) string {
	t.Helper()
	return c.user.Packstage(t).Run(t, append(arguments, c.transport...)...)
}

// client is the library's, with the credentials of the user.
func (c *cell) client() *registry.Client {
	options := registry.Options{Keychain: authn.NewMultiKeychain()}
	if c.Auth != Anonymous {
		options.Keychain = onlyUser{authn.FromConfig(authn.AuthConfig{Username: c.Username(), Password: c.Password()})}
	}
	if c.Transport != PlainHTTP {
		options.Transport = c.HTTPTransport()
	}
	return registry.NewClient(options)
}

// onlyUser has the same credentials for every registry.
type onlyUser struct{ authn.Authenticator }

func (u onlyUser) Resolve(authn.Resource) (authn.Authenticator, error) { return u.Authenticator, nil }

// example is the folder of an example package.
func example(t *testing.T, name string) string {
	t.Helper()
	folder, err := root()
	require.NoError(t, err)
	return filepath.Join(folder, "examples", "packages", name)
}

// decoded decodes what a program prints.
func decoded[T any](t *testing.T, printed string) T {
	t.Helper()
	var value T
	require.NoError(t, json.Unmarshal([]byte(printed), &value), "%s", printed)
	return value
}

// requireSameFiles holds that a folder was pulled as it is. What begins with a
// dot is no part of a package.
func requireSameFiles(t *testing.T, want, got string) {
	t.Helper()
	paths := func(folder string) map[string]string {
		files := map[string]string{}
		require.NoError(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			name, err := filepath.Rel(folder, path)
			if err != nil || name == "." {
				return err
			}
			if entry.Name()[0] == '.' {
				if entry.IsDir() {
					return filepath.SkipDir
				}
				return nil
			}
			if entry.Type().IsRegular() {
				content, err := os.ReadFile(path)
				files[name] = string(content)
				return err
			}
			return nil
		}))
		return files
	}
	require.Equal(t, paths(want), paths(got))
}
