package cli

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// Sensitive values of the configuration do not show in the objects of a revision,
// wherever templates have put them, and the revision itself stays as it is.
func TestSensitiveValuesAreMaskedInObjects(t *testing.T) {
	t.Parallel()
	content := map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a"},
		"data": map[string]any{"url": "postgres://shop:hunter22@db", "size": "3"}, "list": []any{"hunter22", int64(1)},
	}
	instance := &packagetypes.Instance{Sensitive: []string{"hunter22"}, Phases: []packagetypes.Phase{{
		Name: "one", Objects: []packagetypes.Object{packagetypes.NewObject(content, diagnostic.Position{}, nil, "")},
	}}}
	text, err := json.Marshal(withoutSecrets(instance).Phases)
	require.NoError(t, err)
	require.NotContains(t, string(text), "hunter22")
	require.Contains(t, string(text), `"size":"3"`)
	require.Contains(t, string(text), maskedValue)
	require.Equal(t, "postgres://shop:hunter22@db", content["data"].(map[string]any)["url"])
}

// A wrong command line is said to be wrong before a cluster is looked for.
func TestWrongUsageNeedsNoCluster(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"apply", "shop", "--name", "Shop_1"}, {"plan", "../../examples/packages/webapp", "--name", "shop", "--class", "=x"}, {"status", "Shop_1"},
	} {
		var stderr bytes.Buffer
		code := Run(t.Context(), Invocation{Args: args, Stdout: &bytes.Buffer{}, Stderr: &stderr, Stdin: &bytes.Buffer{}})
		require.Equal(t, ExitUsage, code, "%s: %s", args, stderr.String())
	}
}
