package kubernetes_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/validate/kubernetes"
)

func builtinData(t testing.TB) (kinds, definitions []byte) {
	t.Helper()
	kinds, err := os.ReadFile("builtin/kinds.flate")
	require.NoError(t, err)
	definitions, err = os.ReadFile("builtin/definitions.flate")
	require.NoError(t, err)
	return kinds, definitions
}

func TestBrokenCatalog(t *testing.T) {
	t.Parallel()
	kinds, definitions := builtinData(t)
	_, err := kubernetes.OpenCatalog(kinds[:len(kinds)/2], definitions)
	require.Error(t, err)
	_, err = kubernetes.OpenCatalog(nil, nil)
	require.Error(t, err)

	// What is wrong with the schemas shows when they are needed.
	catalog, err := kubernetes.OpenCatalog(kinds, definitions[:100])
	require.NoError(t, err)
	found := check(t, kubernetes.Options{Builtin: catalog}, map[string]string{"x.yaml": object("v1", "ConfigMap", "")})
	require.Equal(t, `x.yaml:1:1 warning schema-unusable: ConfigMap "x": was not checked: its schema in the program cannot be used: unpack the schemas of Kubernetes: unexpected EOF
`, lines(found))
}
