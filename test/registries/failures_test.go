package registries

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requireFailure holds that the world outside is at fault, that the message
// says where, and that the user's folder holds what it held before.
func requireFailure(t *testing.T, u *User, result Result, says ...string) {
	t.Helper()
	require.Equal(t, 3, result.Code, "%s%s", result.Stdout, result.Stderr)
	assert.Empty(t, result.Stdout)
	for _, part := range says {
		assert.Contains(t, result.Stderr, part)
	}
	requireNothingLeft(t, u)
}

// requireNothingLeft holds that the folder that programs run in is empty.
func requireNothingLeft(t *testing.T, u *User) {
	t.Helper()
	entries, err := os.ReadDir(u.Work)
	require.NoError(t, err)
	assert.Empty(t, entries)
}

// pushed puts a package into a registry and returns its digest.
func pushed(t *testing.T, c *cell, folder string) string {
	t.Helper()
	c.user.LogIn(t)
	return decoded[struct{ Digest string }](t, c.run(t, "push", folder, c.reference(":v1"), "--json")).Digest
}

// attempts are commands that speak to a registry.
func attempts(t *testing.T, reference string) map[string][]string {
	t.Helper()
	key, public := plainKeyPair(t, t.TempDir())
	return map[string][]string{
		"push":           {"push", example(t, "webapp"), reference},
		"pull":           {"pull", reference, "--output", "files"},
		"pull to tar":    {"pull", reference, "--output", "webapp.tar"},
		"pull to layout": {"pull", reference, "--output", "layout", "--as", "layout"},
		"inspect":        {"inspect", reference},
		"render":         {"render", reference},
		"sign":           {"sign", reference, "--key", key},
		"verify":         {"verify", reference, "--key", public},
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	for _, server := range []Server{Distribution, ContainerRegistry} {
		for _, auth := range []Auth{Basic, Token} {
			options := Options{Server: server, Auth: auth, Transport: TLS}
			t.Run(options.String(), func(t *testing.T) {
				t.Parallel()
				c := newCell(t, Start(t, options))
				pushed(t, c, example(t, "webapp"))
				right := c.Registry.user.password
				c.Registry.user.password = secret("wrong")
				c.user.LogIn(t)
				wrong := c.Registry.user.password
				for name, arguments := range attempts(t, c.reference(":v1")) {
					result := c.user.Packstage(t).Try(t, append(arguments, c.transport...)...)
					requireFailure(t, c.user, result, c.Host, c.reference(""))
					assert.Regexp(t, `(?i)unauthorized|authentication|credentials|log in|login`, result.Stderr, name)
					assert.NotContains(t, result.Stderr, right)
					assert.NotContains(t, result.Stderr, wrong)
				}
			})
		}
	}
}

// A token server that gives out tokens that have expired, and a configuration
// that holds one.
func TestExpiredToken(t *testing.T) {
	t.Parallel()
	for _, server := range []Server{Distribution, ContainerRegistry} {
		options := Options{Server: server, Auth: Token, Transport: TLS}
		t.Run(options.String(), func(t *testing.T) {
			t.Parallel()
			c := newCell(t, Start(t, options))
			pushed(t, c, example(t, "webapp"))
			c.Tokens.SetLifetime(-time.Hour)
			for name, arguments := range attempts(t, c.reference(":v1")) {
				requireFailure(t, c.user, c.user.Packstage(t).Try(t, append(arguments, c.transport...)...), c.Host, c.reference(""))
				assert.Less(t, len(c.Tokens.Issued()), 200, "%s asks for tokens without end", name)
			}
			expired, _, err := c.Tokens.Token(c.Username(), "repository:team/webapp:pull,push")
			require.NoError(t, err)
			c.Tokens.SetLifetime(time.Minute)
			c.user.writeLogins(t, map[string]map[string]string{c.Host: {"registrytoken": expired}})
			for _, arguments := range attempts(t, c.reference(":v1")) {
				requireFailure(t, c.user, c.user.Packstage(t).Try(t, append(arguments, c.transport...)...), c.Host, c.reference(""))
			}
			c.user.LogIn(t)
			c.run(t, "pull", c.reference(":v1"), "--output", "files")
		})
	}
}

// A token that expires between two requests is another one's turn, and no error.
func TestTokenIsRenewed(t *testing.T) {
	t.Parallel()
	for name, expire := range map[string]func(*TokenServer){
		"as the client was told":           func(*TokenServer) { time.Sleep(time.Second) },
		"though the client was told later": func(tokens *TokenServer) { tokens.Pass(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCell(t, Start(t, Options{Server: ContainerRegistry, Auth: Token, Transport: TLS}))
			pushed(t, c, example(t, "webapp"))
			if name == "as the client was told" {
				c.Tokens.TellLifetime(time.Second) // the token lives on, however slow the machine is
			}
			client := c.client()
			before := len(c.Tokens.Issued())
			_, err := client.Resolve(t.Context(), c.reference(":v1"))
			require.NoError(t, err)
			expire(c.Tokens)
			_, err = client.Resolve(t.Context(), c.reference(":v1"))
			require.NoError(t, err)
			assert.GreaterOrEqual(t, len(c.Tokens.Issued()), before+2)
		})
	}
}

func TestCertificateThatDoesNotFit(t *testing.T) {
	t.Parallel()
	for _, server := range []Server{Distribution, ContainerRegistry} {
		options := Options{Server: server, Auth: Basic, Transport: TLS}
		t.Run(options.String(), func(t *testing.T) {
			t.Parallel()
			c := newCell(t, Start(t, options))
			pushed(t, c, example(t, "webapp"))
			for name, transport := range map[string][]string{
				"no authority":      nil,
				"another authority": {"--ca-file", NewAuthority(t).File},
			} {
				for _, arguments := range attempts(t, c.reference(":v1")) {
					result := c.user.Packstage(t).Try(t, append(arguments, transport...)...)
					requireFailure(t, c.user, result, c.Host, c.reference(""), "certificate")
					assert.Contains(t, result.Stderr, "--ca-file", name)
				}
			}
		})
	}
}

// A port that nobody listens on.
func TestHostThatIsAway(t *testing.T) {
	t.Parallel()
	r := Start(t, Options{Server: ContainerRegistry})
	r.goAway()
	for name, arguments := range attempts(t, r.Host+"/team/webapp:v1") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := NewUser(t, r)
			requireFailure(t, u, u.Packstage(t).Try(t, arguments...), r.Host, r.Host+"/team/webapp", "connection refused")
		})
	}
}
