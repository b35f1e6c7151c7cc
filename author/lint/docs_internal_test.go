package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

// The table of removals is as new as the schemas of Kubernetes that there are.
func TestNewestMinor(t *testing.T) {
	t.Parallel()
	newest := 0
	for _, version := range builtin.Versions() {
		minor, ok := minorOf(version)
		require.True(t, ok)
		newest = max(newest, minor)
	}
	assert.Equal(t, newest, newestMinor)
}

// The documentation names the minors that are looked at where nothing is said.
func TestDocumentedMinors(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "lint.md"))
	require.NoError(t, err)
	assert.Contains(t, string(page), fmt.Sprintf("1.%d to 1.%d", newestMinor-3, newestMinor))
}
