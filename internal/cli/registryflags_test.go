package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/cli"
)

// The user's file of registries is found where the user's policy is.
func TestRegistriesOfTheUser(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"HOME", "USERPROFILE"} {
		home := t.TempDir()
		folder := filepath.Join(home, ".config", "packstage")
		require.NoError(t, os.MkdirAll(folder, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "registries.yaml"), []byte("registers: []\n"), 0o600))
		var problems bytes.Buffer
		code := cli.Run(t.Context(), cli.Invocation{
			Args:   []string{"referrers", "registry.example.com/shop:v1", "--no-cache"},
			Stdout: &bytes.Buffer{}, Stderr: &problems, Env: []string{variable + "=" + home},
		})
		assert.Equal(t, 1, code, variable)
		assert.Contains(t, problems.String(), `unknown field "registers"`, variable)
	}
}
