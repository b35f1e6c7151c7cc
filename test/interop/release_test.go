package interop

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
	"github.com/stretchr/testify/require"
)

// A release is what others' tools take it for: its checksums are right, its bill of
// materials is valid, and the program in its container image runs for anyone.
func TestRelease(t *testing.T) {
	t.Parallel()
	output := makeRelease(t)
	sums := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "SHA256SUMS")
	sums.Dir = output
	said, err := sums.CombinedOutput()
	require.NoError(t, err, "%s", said)

	raw, err := os.ReadFile(filepath.Join(output, "packstage_1.2.3_linux_"+runtime.GOARCH+".spdx.json"))
	require.NoError(t, err)
	document, err := spdxjson.Read(bytes.NewReader(raw))
	require.NoError(t, err)
	require.NoError(t, spdxlib.ValidateDocument(document))
	require.Greater(t, len(document.Packages), 20, "the program and the modules that it links")

	copied := filepath.Join(t.TempDir(), "copied")
	skopeo := skopeo(t)
	skopeo.copyImage(t, "oci:"+filepath.Join(output, "image")+":v1.2.3", "oci:"+copied+":v1.2.3")
	bundle := filepath.Join(t.TempDir(), "bundle")
	umoci := umoci(t)
	umoci.run(t, "unpack", "--rootless", "--image", copied+":v1.2.3", bundle)
	root := filepath.Join(bundle, "rootfs")
	program := exec.CommandContext(t.Context(), filepath.Join(root, "usr", "bin", "packstage"), "version")
	program.Env = []string{} // nothing of the machine
	version, err := program.CombinedOutput()
	require.NoError(t, err, "%s", version)
	require.True(t, strings.HasPrefix(string(version), "packstage v1.2.3 "), "%s", version)
	for _, folder := range []string{"tmp", "work"} {
		info, err := os.Stat(filepath.Join(root, folder))
		require.NoError(t, err)
		require.Equal(t, os.ModeDir|os.ModeSticky|0o777, info.Mode(), folder)
	}
}

// makeRelease makes a release for the platform of the machine, and returns its folder.
func makeRelease(t *testing.T) string {
	t.Helper()
	output := filepath.Join(t.TempDir(), "dist")
	certificates := filepath.Join(t.TempDir(), "ca.crt")
	require.NoError(t, os.WriteFile(certificates, []byte("PEM"), 0o600))
	command := exec.CommandContext(t.Context(), "go", "run", "./internal/release", "-version", "v1.2.3", "-output", output,
		"-time", "1700000000", "-certificates", certificates, "-platforms", "linux/"+runtime.GOARCH)
	command.Dir = filepath.Join("..", "..")
	said, err := command.CombinedOutput()
	require.NoError(t, err, "%s", said)
	return output
}
