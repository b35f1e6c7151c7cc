package keyless_test

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/sigstoretest"
	"github.com/packstage/packstage/verify/keyless"
)

var update = flag.Bool("update", false, "write the trusted root of the example anew, where it is missing")

func TestTrustedRootOfTheExample(t *testing.T) {
	t.Parallel()
	const path = "testdata/trusted_root.json"
	if _, err := os.Stat(path); *update && os.IsNotExist(err) {
		require.NoError(t, os.WriteFile(path, append(sigstoretest.New(t).TrustedRoot(), '\n'), 0o600))
	}
	_, err := keyless.ReadTrustedRoot(path)
	require.NoError(t, err)
}
