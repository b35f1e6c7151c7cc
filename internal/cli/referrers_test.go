package cli_test

import (
	"bytes"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/cli"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

// Whoever may attach something chooses its type, and must not speak to the terminal
// of whoever lists it.
func TestReferrersOfATypeWithEscapes(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t, registrytest.Options{})
	client := registry.NewClient(registry.Options{})
	image, err := random.Image(64, 1)
	require.NoError(t, err)
	reference := server.Host + "/shop:v1"
	_, err = client.Push(t.Context(), image, reference)
	require.NoError(t, err)
	_, err = client.Attach(t.Context(), reference, registry.Artifact{ArtifactType: "text/\x1b[2Jspoofed\nsha256:0"})
	require.NoError(t, err)
	var out, problems bytes.Buffer
	code := cli.Run(t.Context(), cli.Invocation{
		Args: []string{"referrers", reference, "--no-cache"}, Stdin: nil, Stdout: &out, Stderr: &problems,
	})
	require.Equal(t, 0, code, problems.String())
	assert.NotContains(t, out.String(), "\x1b")
	assert.Contains(t, out.String(), `text/\u001b[2Jspoofed\u000asha256:0`)
}
