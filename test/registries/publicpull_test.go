package registries

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Where a token server lets everybody read, a user without an account pulls and
// does not push.
func TestPublicPull(t *testing.T) {
	t.Parallel()
	for _, options := range []Options{
		{Server: Distribution, Auth: PublicPull, Transport: TLS},
		{Server: Distribution, Auth: PublicPull, Transport: PlainHTTP},
		{Server: ContainerRegistry, Auth: PublicPull, Transport: TLS},
	} {
		t.Run(options.String(), func(t *testing.T) {
			t.Parallel()
			c := newCell(t, Start(t, options))
			digest := pushed(t, c, example(t, "webapp"))

			stranger := NewUser(t, c.Registry)
			packstage := stranger.Packstage(t)
			printed := packstage.Run(t, append([]string{"pull", c.reference(":v1"), "--output", "files"}, c.transport...)...)
			assert.Equal(t, digest+"\n", printed)
			requireSameFiles(t, example(t, "webapp"), filepath.Join(stranger.Work, "files"))

			result := packstage.Try(t, append([]string{"push", example(t, "webapp"), c.reference(":v2")}, c.transport...)...)
			require.Equal(t, 3, result.Code, result.Stderr)
			assert.Contains(t, result.Stderr, c.reference(""))
		})
	}
}
