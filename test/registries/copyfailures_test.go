package registries

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What goes wrong while copying is said with the side that it went wrong on.
func TestCopyNamesTheSide(t *testing.T) {
	t.Parallel()
	authority := NewAuthority(t)
	type place struct {
		registry  *Registry
		reference string
	}
	start := func(server Server, auth Auth) place {
		r := Start(t, Options{Server: server, Auth: auth, Transport: TLS, Authority: authority})
		return place{r, r.Host + "/team/webapp:v1"}
	}
	source, destination := start(Distribution, Token), start(ContainerRegistry, Basic)
	both := NewUser(t, source.registry, destination.registry)
	both.LogIn(t)
	both.Packstage(t).Run(t, "push", example(t, "webapp"), source.reference, "--ca-file", authority.File)
	away := start(ContainerRegistry, Anonymous)
	away.registry.goAway()
	away.reference = away.registry.Host + "/team/webapp:v1"

	for name, test := range map[string]struct {
		user     *User
		from, to string
		side     string
		at       place
	}{
		"no account at the source":      {NewUser(t, destination.registry), source.reference, destination.reference, "source", source},
		"no account at the destination": {NewUser(t, source.registry), source.reference, destination.reference, "destination", destination},
		"source away":                   {both, away.reference, destination.reference, "source", away},
		"destination away":              {both, source.reference, away.reference, "destination", away},
		"no such package":               {both, source.registry.Host + "/team/other:v1", destination.reference, "source", place{source.registry, source.registry.Host + "/team/other:v1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := &User{Home: test.user.Home, Work: t.TempDir(), registries: both.registries}
			if test.user != both {
				test.user.LogIn(t)
			}
			result := u.Packstage(t).Try(t, "copy", test.from, test.to, "--ca-file", authority.File)
			repository, _, _ := strings.Cut(test.at.reference, ":v1")
			requireFailure(t, u, result, test.side, test.at.registry.Host, repository)
			other := map[string]string{"source": "destination", "destination": "source"}[test.side]
			assert.NotContains(t, result.Stderr, other)
		})
	}
}

// Copying to a file system that takes no more.
func TestCopyToFullDisk(t *testing.T) {
	t.Parallel()
	c := newCell(t, Start(t, Options{Server: Distribution, Auth: Basic, Transport: TLS}))
	pushed(t, c, largePackage(t))
	for _, to := range []string{"webapp.tar", "./layout"} {
		t.Run(to, func(t *testing.T) {
			result := onFullDisk(t, c.user).Try(t, append([]string{"copy", c.reference(":v1"), to}, c.transport...)...)
			require.Equal(t, 3, result.Code, result.Stderr)
			assert.Contains(t, result.Stderr, "file too large")
			assert.Contains(t, result.Stderr, "destination")
			assert.NotContains(t, result.Stderr, "source")
			unfinished := c.user.Packstage(t).Try(t, "inspect", to)
			require.NotZero(t, unfinished.Code, "%s", unfinished.Stdout)
		})
	}
}
