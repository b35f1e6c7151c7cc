package verify_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The document lists what is tested, with the codes that come out.
func TestAttacksAreDocumented(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join("..", "docs", "security.md"))
	require.NoError(t, err)
	for _, attack := range attacks {
		require.Contains(t, string(document), "| "+attack.sentence+" | `"+string(attack.code)+"` |", attack.name)
	}
}
