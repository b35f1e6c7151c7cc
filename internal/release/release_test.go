package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/spdx"
	"github.com/packstage/packstage/verify"
)

// makeRelease makes a release for the platform of the machine, of a small program: the
// tests with tools of others take the real one.
func makeRelease(t *testing.T, more ...string) string {
	t.Helper()
	output := filepath.Join(t.TempDir(), "dist")
	certificates := filepath.Join(t.TempDir(), "ca.crt")
	require.NoError(t, os.WriteFile(certificates, []byte("PEM"), 0o600))
	var log bytes.Buffer
	err := run(t.Context(), append([]string{
		"-root", "../..", "-output", output, "-version", "v1.2.3-rc.1", "-time", "1700000000", "-certificates", certificates,
		"-platforms", "linux/" + runtime.GOARCH, "-program", "./internal/release/testdata/program",
	}, more...), &log)
	require.NoError(t, err)
	require.Contains(t, log.String(), "image for 1 platforms: sha256:")
	return output
}

func TestRelease(t *testing.T) {
	t.Parallel()
	private, public, err := verify.GenerateKeyPair(nil)
	require.NoError(t, err)
	keyFile := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(keyFile, private, 0o600))
	output := makeRelease(t, "-key", keyFile)
	base := "packstage_1.2.3-rc.1_linux_" + runtime.GOARCH

	var names []string
	entries, err := os.ReadDir(output)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	require.Equal(t, []string{"SHA256SUMS", "SHA256SUMS.pub", "SHA256SUMS.sig", "image", "packstage.rb", base + ".spdx.json", base + ".tar.gz"}, names)

	t.Run("archive", func(t *testing.T) {
		t.Parallel()
		program := filepath.Join(t.TempDir(), "packstage")
		require.NoError(t, os.WriteFile(program, unpack(t, filepath.Join(output, base+".tar.gz"))["packstage"], 0o700))
		if runtime.GOOS != "linux" {
			return // it is there, and cannot run here
		}
		var printed []byte
		var err error
		for {
			printed, err = exec.CommandContext(t.Context(), program, "version").CombinedOutput()
			// A process that another test started right now has the file open for writing
			// until it is another program.
			if !errors.Is(err, syscall.ETXTBSY) {
				break
			}
			time.Sleep(time.Millisecond)
		}
		require.NoError(t, err)
		require.Contains(t, string(printed), "v1.2.3-rc.1")
	})
	t.Run("checksums", func(t *testing.T) {
		t.Parallel()
		sums := read(t, output, checksumFile)
		scanner := bufio.NewScanner(bytes.NewReader(sums))
		count := 0
		for ; scanner.Scan(); count++ {
			sum, name, ok := strings.Cut(scanner.Text(), "  ")
			require.True(t, ok)
			actual, err := checksum(filepath.Join(output, name))
			require.NoError(t, err)
			require.Equal(t, actual, sum)
		}
		require.Equal(t, 3, count, "archive, bill of materials, formula")
		key, err := verify.ParsePublicKey("release", public)
		require.NoError(t, err)
		signature, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(read(t, output, "SHA256SUMS.sig"))))
		require.NoError(t, err)
		require.True(t, key.Verify(sums, signature))
		require.False(t, key.Verify(append(sums, '\n'), signature))
	})
	t.Run("bill of materials", func(t *testing.T) {
		t.Parallel()
		var document spdx.Document
		require.NoError(t, json.Unmarshal(read(t, output, base+".spdx.json"), &document))
		versions := map[string]string{}
		for _, one := range document.Packages {
			versions[one.Name] = one.VersionInfo
		}
		require.Equal(t, "v1.2.3-rc.1", versions["github.com/packstage/packstage"])
		require.Equal(t, strings.TrimPrefix(runtime.Version(), "go"), versions["stdlib"])
		require.Contains(t, versions, "github.com/Masterminds/semver/v3")
		require.NotContains(t, versions, "github.com/stretchr/testify")
		require.Len(t, document.Relationships, len(document.Packages))
	})
	t.Run("formula", func(t *testing.T) {
		t.Parallel()
		formula := string(read(t, output, "packstage.rb"))
		sum, err := checksum(filepath.Join(output, base+".tar.gz"))
		require.NoError(t, err)
		require.Contains(t, formula, fmt.Sprintf("url \"https://github.com/packstage/packstage/releases/download/v1.2.3-rc.1/%s.tar.gz\"\n      sha256 %q", base, sum))
		require.NotContains(t, formula, "on_macos")
	})
	t.Run("image", func(t *testing.T) {
		t.Parallel()
		index, err := layout.ImageIndexFromPath(filepath.Join(output, imageFolder))
		require.NoError(t, err)
		require.NoError(t, validate.Index(index))
		listed, err := index.IndexManifest()
		require.NoError(t, err)
		require.Equal(t, "v1.2.3-rc.1", listed.Manifests[0].Annotations["org.opencontainers.image.ref.name"])
		platforms, err := index.ImageIndex(listed.Manifests[0].Digest)
		require.NoError(t, err)
		inner, err := platforms.IndexManifest()
		require.NoError(t, err)
		require.Equal(t, runtime.GOARCH, inner.Manifests[0].Platform.Architecture)
		image, err := platforms.Image(inner.Manifests[0].Digest)
		require.NoError(t, err)
		config, err := image.ConfigFile()
		require.NoError(t, err)
		require.Equal(t, []string{"/usr/bin/packstage"}, config.Config.Entrypoint)
		require.Equal(t, nobody, config.Config.User)
		require.Equal(t, int64(1700000000), config.Created.Unix())
	})
	t.Run("again", func(t *testing.T) {
		t.Parallel()
		again := makeRelease(t)
		require.Equal(t, string(read(t, output, checksumFile)), string(read(t, again, checksumFile)))
		require.Equal(t, string(read(t, output, "image/index.json")), string(read(t, again, "image/index.json")))
	})
}

func TestBadArguments(t *testing.T) {
	t.Parallel()
	there := t.TempDir()
	for _, test := range []struct {
		arguments []string
		message   string
	}{
		{nil, `-version "" is no version`},
		{[]string{"-version", "1.2.3"}, "no version such as v1.2.3"},
		{[]string{"-version", "v1.2"}, "no version such as v1.2.3"},
		{[]string{"-version", "v1.2.3", "-platforms", "linux"}, "no OS/ARCHITECTURE"},
		{[]string{"-version", "v1.2.3", "-output", there}, "is there already"},
		{[]string{"-version", "v1.2.3", "-output", filepath.Join(there, "dist"), "-root", there}, "go build"},
	} {
		err := run(t.Context(), test.arguments, io.Discard)
		require.ErrorContains(t, err, test.message)
	}
	entries, err := os.ReadDir(there)
	require.NoError(t, err)
	require.Empty(t, entries, "nothing is left of a release that failed")
}

func read(t *testing.T, folder, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, name))
	require.NoError(t, err)
	return content
}

func unpack(t *testing.T, path string) map[string][]byte {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	decompressed, err := gzip.NewReader(file)
	require.NoError(t, err)
	files := map[string][]byte{}
	archive := tar.NewReader(decompressed)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		require.NoError(t, err)
		require.Equal(t, int64(1700000000), header.ModTime.Unix())
		files[header.Name], err = io.ReadAll(archive)
		require.NoError(t, err)
	}
}
