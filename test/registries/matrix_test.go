package registries

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

func logIn(t *testing.T, c *cell) {
	t.Helper()
	c.user.LogIn(t)
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
