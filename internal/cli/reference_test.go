package cli_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/cli"
)

// TestReference holds docs/cli.md to what the program says of itself.
func TestReference(t *testing.T) {
	t.Parallel()
	const path = "../../docs/cli.md"
	var want bytes.Buffer
	require.NoError(t, cli.WriteReference(&want))
	if *update {
		require.NoError(t, os.WriteFile(path, want.Bytes(), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, want.String(), string(got), "go test ./internal/cli -update writes it")
}
