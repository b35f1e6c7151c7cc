package credentials_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/credentials"
	"github.com/packstage/packstage/registry/registrytest"
)

func startBasic(t *testing.T) string {
	t.Helper()
	return registrytest.Start(t, registrytest.Options{Wrap: func(handler http.Handler) http.Handler {
		return registrytest.BasicAuth(handler, "user", "s3cret")
	}}).Host
}

func startTokens(t *testing.T) string {
	t.Helper()
	return registrytest.Start(t, registrytest.Options{Wrap: func(handler http.Handler) http.Handler {
		return registrytest.TokenAuth(handler, registrytest.TokenOptions{
			User: "user", Password: "s3cret", IdentityToken: "identity", Anonymous: true,
		})
	}}).Host
}

func write(t *testing.T, path, content string, perm os.FileMode) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	// A process that another test starts while the file is open for writing holds it
	// open, too, for a moment: and to run a file that is open so fails with "text file
	// busy". So none starts meanwhile.
	syscall.ForkLock.RLock()
	err := os.WriteFile(path, []byte(content), perm)
	syscall.ForkLock.RUnlock()
	require.NoError(t, err)
}

func resolve(t *testing.T, store *credentials.Store, repository string) (authn.AuthConfig, error) {
	t.Helper()
	parsed, err := name.NewRepository(repository)
	require.NoError(t, err)
	found, err := store.ResolveContext(t.Context(), parsed)
	if err != nil {
		return authn.AuthConfig{}, err
	}
	config, err := authn.Authorization(t.Context(), found)
	require.NoError(t, err)
	return *config, nil
}

func TestLogin(t *testing.T) {
	t.Parallel()
	for kind, start := range map[string]func(*testing.T) string{"basic": startBasic, "token": startTokens} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			host := start(t)
			folder := filepath.Join(t.TempDir(), "docker")
			path := filepath.Join(folder, "config.json")
			store := credentials.Open(credentials.Options{Folder: folder, Environment: []string{}})
			client := registry.NewClient(registry.Options{Keychain: store})

			_, err := store.Login(t.Context(), client, host, "user", "wr0ng")
			require.ErrorIs(t, err, registry.ErrUnauthorized)
			assert.NotContains(t, err.Error(), "wr0ng")
			assert.NoFileExists(t, path, "nothing is kept")

			write(t, path, `{"detachKeys":"ctrl-e","psFormat":"<a> & b","unknown":{"number":12345678901234567890}}`, 0o644)
			kept, err := store.Login(t.Context(), client, host, "user", "s3cret")
			require.NoError(t, err)
			assert.Equal(t, credentials.Kept{File: path}, kept)
			raw, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Contains(t, string(raw), `"detachKeys": "ctrl-e"`)
			assert.Contains(t, string(raw), `"psFormat": "<a> & b"`)
			assert.Contains(t, string(raw), "12345678901234567890")
			if runtime.GOOS != "windows" {
				info, err := os.Stat(path)
				require.NoError(t, err)
				assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
			}
			found, err := resolve(t, store, host+"/team/shop")
			require.NoError(t, err)
			assert.Equal(t, "user", found.Username)
			assert.Equal(t, "s3cret", found.Password)

			_, err = store.Login(t.Context(), client, host, "user", "wr0ng")
			require.ErrorIs(t, err, registry.ErrUnauthorized)
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, raw, after, "a login that failed changes nothing")

			removed, err := store.Logout(t.Context(), host)
			require.NoError(t, err)
			assert.True(t, removed)
			found, err = resolve(t, store, host+"/team/shop")
			require.NoError(t, err)
			assert.Empty(t, found)
			removed, err = store.Logout(t.Context(), host)
			require.NoError(t, err)
			assert.False(t, removed)
			raw, err = os.ReadFile(path)
			require.NoError(t, err)
			assert.Contains(t, string(raw), `"detachKeys": "ctrl-e"`)
		})
	}
}

func TestLoginWithAnIdentityToken(t *testing.T) {
	t.Parallel()
	host := startTokens(t)
	folder := t.TempDir()
	store := credentials.Open(credentials.Options{Folder: folder, Environment: []string{}})
	client := registry.NewClient(registry.Options{Keychain: store})
	_, err := store.Login(t.Context(), client, host, "<token>", "wr0ng")
	require.ErrorIs(t, err, registry.ErrUnauthorized)
	_, err = store.Login(t.Context(), client, host, "<token>", "identity")
	require.NoError(t, err)
	found, err := resolve(t, store, host+"/shop")
	require.NoError(t, err)
	assert.Equal(t, authn.AuthConfig{IdentityToken: "identity"}, found)
}

func TestLoginRefuses(t *testing.T) {
	t.Parallel()
	client := registry.NewClient(registry.Options{})
	store := credentials.Open(credentials.Options{Folder: t.TempDir()})
	for want, login := range map[string]func() error{
		"a user name and a secret": func() error { _, err := store.Login(t.Context(), client, "a.io", "user", ""); return err },
		"holds no colon":           func() error { _, err := store.Login(t.Context(), client, "a.io", "a:b", "x"); return err },
		"begins with a scheme":     func() error { _, err := store.Login(t.Context(), client, "https://a.io", "a", "x"); return err },
		"there is no folder": func() error {
			_, err := credentials.Open(credentials.Options{}).Login(t.Context(), client, "a.io", "a", "x")
			return err
		},
	} {
		assert.ErrorContains(t, login(), want)
	}
}

// fakeHelper puts a credential helper on a PATH that keeps one secret in a file.
func fakeHelper(t *testing.T, suffix, script string) (environment []string, kept string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the helper is a shell script")
	}
	folder := t.TempDir()
	kept = filepath.Join(folder, "kept")
	write(t, filepath.Join(folder, "docker-credential-"+suffix), "#!/bin/sh\nKEPT='"+kept+"'\n"+script, 0o755)
	return []string{"PATH=" + folder + string(os.PathListSeparator) + "/usr/bin" + string(os.PathListSeparator) + "/bin"}, kept
}

const goodHelper = `case "$1" in
store) cat > "$KEPT";;
get) if [ -f "$KEPT" ]; then cat "$KEPT"; else echo "credentials not found in native keychain"; exit 1; fi;;
erase) rm -f "$KEPT";;
esac
`

func TestLoginWithAHelper(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{`{"credsStore":"fake"}`, `{"credHelpers":{"HOST":"fake"},"credsStore":"missing"}`} {
		host := startBasic(t)
		environment, keptFile := fakeHelper(t, "fake", goodHelper)
		folder := t.TempDir()
		path := filepath.Join(folder, "config.json")
		var settings map[string]any
		require.NoError(t, json.Unmarshal([]byte(setting), &settings))
		if _, ok := settings["credHelpers"]; ok {
			settings["credHelpers"] = map[string]string{host: "fake"}
		}
		settings["auths"] = map[string]any{host: map[string]string{"auth": "b2xkOm9sZA=="}}
		raw, err := json.Marshal(settings)
		require.NoError(t, err)
		write(t, path, string(raw), 0o600)
		store := credentials.Open(credentials.Options{Folder: folder, Environment: environment})
		client := registry.NewClient(registry.Options{Keychain: store})
		found, err := resolve(t, store, host+"/shop")
		require.NoError(t, err)
		assert.Equal(t, "old", found.Username, "what the helper does not have, the file may")

		_, err = store.Login(t.Context(), client, host, "user", "wr0ng")
		require.ErrorIs(t, err, registry.ErrUnauthorized)
		assert.NoFileExists(t, keptFile)
		kept, err := store.Login(t.Context(), client, host, "user", "s3cret")
		require.NoError(t, err)
		assert.Equal(t, credentials.Kept{File: path, Helper: "docker-credential-fake"}, kept)
		raw, err = os.ReadFile(path)
		require.NoError(t, err)
		assert.NotContains(t, string(raw), "auth\":", "the old secret is gone")
		raw, err = os.ReadFile(keptFile)
		require.NoError(t, err)
		assert.JSONEq(t, `{"ServerURL":"`+host+`","Username":"user","Secret":"s3cret"}`, string(raw))
		found, err = resolve(t, store, host+"/shop")
		require.NoError(t, err)
		assert.Equal(t, "s3cret", found.Password)
		removed, err := store.Logout(t.Context(), host)
		require.NoError(t, err)
		assert.True(t, removed)
		assert.NoFileExists(t, keptFile)
	}
}

func TestHelperThatFails(t *testing.T) {
	t.Parallel()
	host := startBasic(t)
	for want, script := range map[string]string{
		"exit status 3: the vault is locked":           "echo the vault is locked; exit 3\n",
		"not a JSON object with a user name and a sec": "echo '{\"Secret\":\"s3cret\"'\n",
		"failed to get: exit status 1":                 "echo '{\"Username\":\"u\",\"Secret\":\"s3cret\"}'; exit 1\n",
	} {
		environment, _ := fakeHelper(t, "fake", script)
		folder := t.TempDir()
		write(t, filepath.Join(folder, "config.json"), `{"credsStore":"fake"}`, 0o600)
		store := credentials.Open(credentials.Options{Folder: folder, Environment: environment})
		_, err := resolve(t, store, host+"/shop")
		require.ErrorContains(t, err, want)
		assert.Contains(t, err.Error(), "docker-credential-fake (credsStore of ")
		assert.NotContains(t, err.Error(), "s3cret")
		var failed *credentials.HelperError
		require.ErrorAs(t, err, &failed)
	}
	environment, _ := fakeHelper(t, "fake", "cat; exit 1\n")
	folder := t.TempDir()
	write(t, filepath.Join(folder, "config.json"), `{"credsStore":"fake"}`, 0o600)
	_, err := credentials.Open(credentials.Options{Folder: folder, Environment: environment}).
		Login(t.Context(), registry.NewClient(registry.Options{}), host, "user", "s3cret")
	require.ErrorContains(t, err, "failed to store")
	assert.NotContains(t, err.Error(), "s3cret")

	missing := credentials.Open(credentials.Options{Folder: folder, Environment: []string{"PATH=" + t.TempDir()}})
	_, err = resolve(t, missing, host+"/shop")
	require.ErrorIs(t, err, exec.ErrNotFound)
	assert.ErrorContains(t, err, "docker-credential-fake is not on the PATH; install it, or remove it from credsStore of ")
}

func TestResolve(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "config.json"), `{"auths":{
		"https://index.docker.io/v1/":{"auth":"aHViOnB3"},
		"a.io":{"auth":"YTpwOnc="}, "a.io/team":{"username":"team","password":"pw"},
		"https://old.io/v2/":{"auth":"b2xkOnB3"}, "id.io":{"identitytoken":"it"}, "bad.io":{"auth":"%"}, "empty.io":{}}}`, 0o600)
	store := credentials.Open(credentials.Options{Folder: folder, Environment: []string{}})
	for repository, want := range map[string]authn.AuthConfig{
		"nginx":              {Username: "hub", Password: "pw", Auth: "aHViOnB3"},
		"docker.io/x/y":      {Username: "hub", Password: "pw", Auth: "aHViOnB3"},
		"a.io/x":             {Username: "a", Password: "p:w", Auth: "YTpwOnc="},
		"a.io/team/shop/sub": {Username: "team", Password: "pw", Auth: "dGVhbTpwdw=="},
		"a.io/teams":         {Username: "a", Password: "p:w", Auth: "YTpwOnc="},
		"old.io/x":           {Username: "old", Password: "pw", Auth: "b2xkOnB3"},
		"id.io/x":            {IdentityToken: "it"},
		"empty.io/x":         {},
		"elsewhere.io/x":     {},
	} {
		found, err := resolve(t, store, repository)
		require.NoError(t, err, repository)
		found.Auth, want.Auth = "", ""
		assert.Equal(t, want, found, repository)
	}
	_, err := resolve(t, store, "bad.io/x")
	assert.ErrorContains(t, err, "the entry for bad.io has an auth that is not Base64; log in again")
	write(t, filepath.Join(folder, "config.json"), `{"auths": "s3cret`, 0o600)
	_, err = resolve(t, store, "a.io/x")
	require.ErrorContains(t, err, "is not a JSON object")
	assert.NotContains(t, err.Error(), "s3cret")
}

func TestFromEnvironment(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	podman := filepath.Join(folder, "run", "containers", "auth.json")
	write(t, podman, `{"auths":{"a.io":{"auth":"cG9kbWFuOnB3"}}}`, 0o600)
	options := credentials.FromEnvironment([]string{"DOCKER_CONFIG=" + filepath.Join(folder, "docker"), "XDG_RUNTIME_DIR=" + filepath.Join(folder, "run")})
	found, err := resolve(t, credentials.Open(options), "a.io/x")
	require.NoError(t, err)
	assert.Equal(t, "podman", found.Username)
	named := filepath.Join(folder, "auth.json")
	write(t, named, `{"auths":{"a.io":{"auth":"bmFtZWQ6cHc="}}}`, 0o600)
	options = credentials.FromEnvironment(append(options.Environment, "REGISTRY_AUTH_FILE="+named))
	found, err = resolve(t, credentials.Open(options), "a.io/x")
	require.NoError(t, err)
	assert.Equal(t, "named", found.Username)
	write(t, filepath.Join(folder, "docker", "config.json"), `{}`, 0o600)
	found, err = resolve(t, credentials.Open(options), "a.io/x")
	require.NoError(t, err)
	assert.Empty(t, found, "Docker's file goes first")
}

func TestLoginEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	store := credentials.Open(credentials.Options{Folder: t.TempDir(), Environment: []string{}})
	_, err := store.Login(ctx, registry.NewClient(registry.Options{}), startBasic(t), "user", "s3cret")
	assert.ErrorIs(t, err, context.Canceled)
}

func FuzzConfigurationFile(f *testing.F) {
	f.Add([]byte(`{"auths":{"a.io":{"auth":"YTpi"}},"credHelpers":{"b.io":"x"}}`))
	f.Add([]byte(`{"auths":null,"credsStore":3}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "config.json"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		store := credentials.Open(credentials.Options{Folder: folder, Environment: []string{}})
		parsed, err := name.NewRepository("a.io/x")
		if err != nil {
			t.Fatal(err)
		}
		if found, err := store.ResolveContext(t.Context(), parsed); err == nil && found == nil {
			t.Fatal("neither credentials nor an error")
		}
	})
}

// What a helper prints is read within bounds.
func TestHelperThatPrintsWithoutEnd(t *testing.T) {
	t.Parallel()
	environment, _ := fakeHelper(t, "fake", "head -c 20000000 /dev/zero\n")
	folder := t.TempDir()
	write(t, filepath.Join(folder, "config.json"), `{"credsStore":"fake"}`, 0o600)
	_, err := resolve(t, credentials.Open(credentials.Options{Folder: folder, Environment: environment}), "registry.example.com/shop")
	var failed *credentials.HelperError
	require.ErrorAs(t, err, &failed)
	assert.ErrorContains(t, err, "more than")
}
