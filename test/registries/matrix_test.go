package registries

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
)

// operations are what every registry of the matrix has to allow, in the order in
// which they build on one another.
var operations = []struct {
	name string
	run  func(t *testing.T, c *cell)
}{
	{"login", logIn},
	{"push", push},
	{"pull", pull},
	{"inspect", inspect},
	{"versions", versions},
	{"sign", sign},
	{"verify", verifySignature},
	{"attach", attach},
	{"referrers", referrers},
	{"copy", copyPackage},
	{"attach by the library", attachByLibrary},
	{"delete tag", deleteTag},
	{"logout", logOut},
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *Registry) {
		t.Helper()
		c := newCell(t, r)
		for _, operation := range operations {
			if !t.Run(operation.name, func(t *testing.T) { operation.run(t, c) }) {
				return // what follows builds on it
			}
		}
	})
}

// logIn shows a wrong password, which leaves nothing behind, and the right one.
func logIn(t *testing.T, c *cell) {
	t.Helper()
	packstage := c.user.Packstage(t)
	arguments := append([]string{"login", c.Host, "--username", c.Username(), "--password-stdin"}, c.transport...)
	if c.Auth != Anonymous {
		packstage.Stdin = secret("wrong") + "\n"
		requireFailure(t, c.user, packstage.Try(t, arguments...), c.Host)
		assert.NoFileExists(t, c.user.ConfigFile())
	}
	packstage.Stdin = c.Password() + "\n"
	assert.Contains(t, packstage.Run(t, arguments...), c.Host)
	assert.FileExists(t, c.user.ConfigFile())
}

// logOut forgets the password.
func logOut(t *testing.T, c *cell) {
	t.Helper()
	c.user.Packstage(t).Run(t, "logout", c.Host)
	kept, err := os.ReadFile(c.user.ConfigFile())
	require.NoError(t, err)
	assert.NotContains(t, string(kept), c.Host)
	if c.Auth != Anonymous {
		result := c.user.Packstage(t).Try(t, append([]string{"push", example(t, "webapp"), c.reference(":v9")}, c.transport...)...)
		require.Equal(t, 3, result.Code, result.Stderr)
	}
}

func push(t *testing.T, c *cell) {
	t.Helper()
	printed := c.run(t, "push", example(t, "webapp"), c.reference(":v1.0.0"), c.reference(":latest"), "--json")
	pushed := decoded[struct {
		Digest     string
		References []string
	}](t, printed)
	assert.Equal(t, []string{c.reference(":v1.0.0"), c.reference(":latest")}, pushed.References)
	require.Regexp(t, `^sha256:[0-9a-f]{64}$`, pushed.Digest)
	c.digest = pushed.Digest
	assert.Equal(t, c.digest+"\n", c.run(t, "push", c.reference(":v1.0.0"), c.reference(":v1.1.0")), "the digest stays")
}

func pull(t *testing.T, c *cell) {
	t.Helper()
	for name, reference := range map[string]string{"by-tag": c.reference(":v1.0.0"), "by-digest": c.reference("@" + c.digest)} {
		assert.Equal(t, c.digest+"\n", c.run(t, "pull", reference, "--output", name), reference)
		requireSameFiles(t, example(t, "webapp"), filepath.Join(c.user.Work, name))
	}
	assert.Equal(t, c.digest+"\n", c.run(t, "pull", c.reference(":v1.0.0"), "--output", "webapp.tar"))
	assert.Equal(t, c.digest+"\n", c.run(t, "pull", c.reference(":v1.0.0"), "--output", "layout", "--as", "layout"))
}

func inspect(t *testing.T, c *cell) {
	t.Helper()
	printed := c.run(t, "inspect", c.reference(":v1.0.0"), "--output", "json")
	assert.Contains(t, printed, c.digest)
	assert.Contains(t, printed, `"webapp"`)
}

func versions(t *testing.T, c *cell) {
	t.Helper()
	listed := decoded[struct {
		Versions []struct {
			Tag, Version, Digest, Name string
			Package                    bool
		}
	}](t, c.run(t, "versions", c.reference(""), "--json"))
	require.Len(t, listed.Versions, 2, "latest is no version")
	for i, tag := range []string{"v1.1.0", "v1.0.0"} {
		one := listed.Versions[i]
		assert.Equal(t, []string{tag, tag[1:], c.digest, "webapp"}, []string{one.Tag, one.Version, one.Digest, one.Name})
		assert.True(t, one.Package)
	}
	assert.Equal(t, c.reference("@"+c.digest)+"\n", c.run(t, "versions", c.reference(""), "--range", "<1.1", "--latest"))
}

// copyPackage copies the package with what hangs on it, inside of the registry and
// through a file and a layout.
func copyPackage(t *testing.T, c *cell) {
	t.Helper()
	from := c.reference(":v1.0.0")
	for i, through := range []string{"", "carried.tar", "carried"} {
		to := fmt.Sprintf("%s/copies/%d/webapp:v1", c.Host, i)
		source := from
		if through != "" {
			source = "./" + through
			assert.Equal(t, c.digest+"\n", c.run(t, "copy", from, source, "--with-referrers"))
		}
		assert.Equal(t, c.digest+"\n", c.run(t, "copy", source, to, "--with-referrers"))
		listed := c.run(t, "referrers", to)
		assert.Contains(t, listed, c.attached)
		assert.Contains(t, listed, ".sig")
		assert.Contains(t, c.run(t, "verify", to, "--key", c.public, "--signed-as", c.reference("")), c.digest)
	}
}

// sign signs in both forms, with a key as OpenSSL makes it.
func sign(t *testing.T, c *cell) {
	t.Helper()
	c.key, c.public = plainKeyPair(t, c.user.Home)
	assert.Equal(t, c.digest+"\n", c.run(t, "sign", c.reference(":v1.0.0"), "--key", c.key, "--format", "both"))
}

func verifySignature(t *testing.T, c *cell) {
	t.Helper()
	assert.Contains(t, c.run(t, "verify", c.reference("@"+c.digest), "--key", c.public), c.digest)
	_, another := plainKeyPair(t, t.TempDir())
	result := c.user.Packstage(t).Try(t, append([]string{"verify", c.reference("@" + c.digest), "--key", another}, c.transport...)...)
	require.Equal(t, 1, result.Code, result.Stderr)
}

// plainKeyPair makes a key pair without a password in a folder.
func plainKeyPair(t *testing.T, folder string) (key, public string) {
	t.Helper()
	made := newKey(t)
	private, err := x509.MarshalPKCS8PrivateKey(made)
	require.NoError(t, err)
	shown, err := x509.MarshalPKIXPublicKey(made.Public())
	require.NoError(t, err)
	return writePEM(t, filepath.Join(folder, "plain.key"), "PRIVATE KEY", private),
		writePEM(t, filepath.Join(folder, "plain.pub"), "PUBLIC KEY", shown)
}

// attach hangs a bill of materials on a package, which is the same each time.
func attach(t *testing.T, c *cell) {
	t.Helper()
	c.attached = strings.TrimSpace(c.run(t, "attach", "sbom", c.reference(":v1.0.0")))
	require.Regexp(t, `^sha256:[0-9a-f]{64}$`, c.attached)
	assert.Equal(t, c.attached+"\n", c.run(t, "attach", "sbom", c.reference(":v1.0.0")))
}

func referrers(t *testing.T, c *cell) {
	t.Helper()
	listed := decoded[struct {
		Digest    string
		Referrers []struct{ Digest, ArtifactType, Tag string }
	}](t, c.run(t, "referrers", c.reference(":v1.0.0"), "--json"))
	assert.Equal(t, c.digest, listed.Digest)
	kinds := map[string]int{}
	for _, one := range listed.Referrers {
		if one.Digest == c.attached {
			assert.Equal(t, "application/spdx+json", one.ArtifactType)
		}
		kinds[one.ArtifactType+one.Tag]++
	}
	assert.Equal(t, map[string]int{
		"application/spdx+json": 1, "application/vnd.dev.sigstore.bundle.v0.3+json": 1,
		strings.Replace(c.digest, ":", "-", 1) + ".sig": 1,
	}, kinds)
	printed := c.run(t, "referrers", c.reference("@"+c.digest), "--type", "application/spdx+json")
	assert.Contains(t, printed, c.attached)
}

// attachByLibrary hangs artifacts on a package that the CLI has no command for,
// and finds them.
func attachByLibrary(t *testing.T, c *cell) {
	t.Helper()
	client, subject := c.client(), c.reference("@"+c.digest)
	for _, content := range []string{"one", "two"} {
		hung, err := client.Attach(t.Context(), subject, registry.Artifact{
			ArtifactType: "application/vnd.example." + content,
			Annotations:  map[string]string{"org.example.name": content},
			Blobs:        []registry.ArtifactBlob{{MediaType: "text/plain", Content: []byte(content)}},
		})
		require.NoError(t, err)
		found, err := client.Referrers(t.Context(), subject, "application/vnd.example."+content)
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.Equal(t, hung.Digest, found[0].Digest)
		assert.Equal(t, content, found[0].Annotations["org.example.name"])
	}
	all, err := client.Referrers(t.Context(), c.reference(":v1.0.0"), "")
	require.NoError(t, err)
	assert.Len(t, all, 4, "and the signature, and the bill of materials")
}

// deleteTag takes one tag away by the library; the others stay.
func deleteTag(t *testing.T, c *cell) {
	t.Helper()
	client := c.client()
	require.NoError(t, client.Delete(t.Context(), c.reference(":latest")))
	_, err := client.Resolve(t.Context(), c.reference(":latest"))
	require.ErrorIs(t, err, registry.ErrNotFound)
	kept, err := client.Resolve(t.Context(), c.reference(":v1.0.0"))
	require.NoError(t, err)
	assert.Equal(t, c.digest, kept.Digest.String())
	require.ErrorIs(t, client.Delete(t.Context(), c.reference(":latest")), registry.ErrNotFound)
}
