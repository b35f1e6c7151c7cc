package registries

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// onFullDisk is the program under test on a file system that takes no more. The
// limit of the size of a file stands for it: the write fails in the same place, and
// no test needs a file system of its own.
func onFullDisk(t *testing.T, u *User) Program {
	t.Helper()
	const script = `ulimit -f 2048; exec "$@"` // in units of 512 bytes: 1 MiB
	return Program{name: "sh", path: systemPath(t, "sh"), user: u, ours: true, before: []string{"-c", script, "sh", PackstagePath(t)}}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	c := newCell(t, Start(t, Options{Server: Distribution, Auth: Basic, Transport: TLS}))
	pushed(t, c, largePackage(t))
	for name, output := range map[string][]string{
		"folder": {"--output", "files"},
		"tar":    {"--output", "webapp.tar"},
		"layout": {"--output", "layout", "--as", "layout"},
	} {
		t.Run(name, func(t *testing.T) {
			result := onFullDisk(t, c.user).Try(t, append(append([]string{"pull", c.reference(":v1")}, output...), c.transport...)...)
			requireFailure(t, c.user, result, output[1], "file too large")
			assert.NotContains(t, result.Stderr, "registry "+c.Host, "the registry is not at fault")
		})
	}
}
