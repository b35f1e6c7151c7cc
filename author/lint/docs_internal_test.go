package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The documentation names the minors that are looked at where nothing is said.
func TestDocumentedMinors(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "lint.md"))
	require.NoError(t, err)
	assert.Contains(t, string(page), fmt.Sprintf("1.%d to 1.%d", newestMinor-3, newestMinor))
}
