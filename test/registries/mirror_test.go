package registries

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A registry that nobody reaches any more: its mirrors have the package, the
// first one is away, the second wants a password.
func TestMirrors(t *testing.T) {
	t.Parallel()
	away := Start(t, Options{Server: ContainerRegistry})
	away.goAway()
	mirror := newCell(t, Start(t, Options{Server: Distribution, Auth: Token, Transport: TLS}))
	mirror.user.LogIn(t)
	digest := mirror.run(t, "push", example(t, "webapp"), mirror.Host+"/mirrored/team/webapp:v1")

	u := NewUser(t, mirror.Registry)
	u.LogIn(t)
	u.configureRegistries(t,
		registryEntry{Prefix: "registry.example.com/team", Location: away.Host + "/gone", Mirrors: []string{away.Host + "/team", mirror.Host + "/mirrored/team"}},
		registryEntry{Prefix: mirror.Host, CA: mirror.CAFile()},
	)
	result := u.Packstage(t).Try(t, "pull", "registry.example.com/team/webapp:v1", "--output", "files")
	require.Zero(t, result.Code, result.Stderr)
	assert.Equal(t, digest, result.Stdout)
	requireSameFiles(t, example(t, "webapp"), filepath.Join(u.Work, "files"))

	// A password is for the mirror that it belongs to, and a package that no place
	// has is not found in each of them.
	result = u.Packstage(t).Try(t, "pull", "registry.example.com/team/other:v1", "--output", "other")
	require.Equal(t, 3, result.Code, result.Stderr)
	assert.Contains(t, result.Stderr, "registry.example.com/team/other:v1")
	assert.Contains(t, result.Stderr, away.Host)
}

// A prefix that stands for another place, for pushing and for pulling.
func TestRewrittenPrefix(t *testing.T) {
	t.Parallel()
	c := newCell(t, Start(t, Options{Server: Distribution, Auth: Basic, Transport: MutualTLS}))
	c.user.LogIn(t)
	c.user.configureRegistries(t,
		registryEntry{Prefix: "packages.example.com", Location: c.Host + "/moved"},
		registryEntry{Prefix: c.Host, CA: c.CAFile(), ClientCertificate: c.Client.CertificateFile, ClientKey: c.Client.KeyFile},
	)
	digest := c.run(t, "push", example(t, "webapp"), "packages.example.com/webapp:v1")
	assert.Equal(t, digest, c.run(t, "pull", "packages.example.com/webapp:v1", "--output", "files"))
	assert.Equal(t, digest, c.run(t, "pull", c.Host+"/moved/webapp:v1", "--output", "moved"))
}
