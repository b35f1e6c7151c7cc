package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/cli"
	"github.com/packstage/packstage/registry/registryserver"
)

// outcome is what a run left behind.
type outcome struct {
	code           int
	stdout, stderr string
}

func run(t *testing.T, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Run(t.Context(), cli.Invocation{
		Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		Env: []string{"PATH=" + os.Getenv("PATH")}, Version: "v0.0.0-test",
	})
	return outcome{code, stdout.String(), stderr.String()}
}

// writePackage makes the folder of a small package.
func writePackage(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{
		"manifest.yaml": "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\n" +
			"metadata: {name: shop}\nspec: {scopes: [Cluster], phases: [{name: deploy}]}\n",
		"page.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: page\n" +
			"  annotations: {package-operator.run/phase: deploy}\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644))
	}
	return folder
}

// serve runs "registry serve" and returns its address, and a function that
// interrupts it and returns the exit code.
func serve(t *testing.T, args ...string) (string, func() int) {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		exit <- cli.Run(ctx, cli.Invocation{
			Args:  append([]string{"registry", "serve", "--address", "127.0.0.1:0"}, args...),
			Stdin: strings.NewReader(""), Stdout: writer, Stderr: io.Discard,
		})
		_ = writer.Close()
	}()
	address, err := bufio.NewReader(reader).ReadString('\n')
	require.NoError(t, err)
	stop := func() int {
		interrupt()
		select {
		case code := <-exit:
			return code
		case <-time.After(patient):
			t.Fatal("the registry does not stop")
			return 0
		}
	}
	return strings.TrimSpace(address), stop
}

func TestRegistryServeKeepsFolder(t *testing.T) {
	t.Parallel()
	folder, content := writePackage(t), filepath.Join(t.TempDir(), "content")
	address, stop := serve(t, "--dir", content)
	pushed := run(t, "push", folder, address+"/shop:v1")
	require.Equal(t, 0, pushed.code, pushed.stderr)
	require.Equal(t, cli.ExitOK, stop())

	address, stop = serve(t, "--dir", content, "--read-only")
	pulled := run(t, "pull", address+"/shop:v1", "--output", filepath.Join(t.TempDir(), "shop"))
	assert.Equal(t, 0, pulled.code, pulled.stderr)
	assert.Equal(t, pushed.stdout, pulled.stdout)
	refused := run(t, "push", folder, address+"/shop:v2")
	assert.Equal(t, cli.ExitOutside, refused.code)
	assert.Contains(t, refused.stderr, "forbidden")
	assert.Equal(t, cli.ExitOK, stop())
}

func TestRegistryServeAddressInUse(t *testing.T) {
	t.Parallel()
	address, stop := serve(t)
	second := run(t, "registry", "serve", "--address", address)
	assert.Equal(t, cli.ExitOutside, second.code)
	assert.Contains(t, second.stderr, address)
	assert.Empty(t, second.stdout)
	assert.Equal(t, cli.ExitOK, stop())
}

// TestInterruption needs the program to end when it waits for a registry, and
// when it waits for its standard input.
func TestInterruption(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 16)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	input, _ := io.Pipe()
	for name, test := range map[string]struct {
		args  []string
		ready <-chan struct{}
	}{
		"registry": {[]string{"render", strings.TrimPrefix(server.URL, "http://") + "/shop:v1"}, asked},
		"stdin":    {[]string{"render", writePackage(t), "--config", "-"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, interrupt := context.WithCancel(t.Context())
			var stdout, stderr bytes.Buffer
			exit := make(chan int, 1)
			go func() {
				exit <- cli.Run(ctx, cli.Invocation{Args: test.args, Stdin: input, Stdout: &stdout, Stderr: &stderr})
			}()
			if test.ready != nil {
				<-test.ready
			}
			interrupt()
			select {
			case code := <-exit:
				assert.Equal(t, cli.ExitOutside, code)
				assert.Equal(t, "packstage: interrupted\n", stderr.String())
				assert.Empty(t, stdout.String())
			case <-time.After(patient):
				t.Fatal("the program does not end")
			}
		})
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
}

func TestBrokenPipeIsQuiet(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	code := cli.Run(t.Context(), cli.Invocation{
		Args: []string{"render", writePackage(t)}, Stdin: strings.NewReader(""), Stdout: brokenPipe{}, Stderr: &stderr,
	})
	assert.Equal(t, cli.ExitOutside, code)
	assert.Empty(t, stderr.String())
}

func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(registryserver.New(registryserver.Options{}))
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	reference := strings.TrimPrefix(server.URL, "https://") + "/shop:v1"
	authorities := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(authorities, certificate, 0o644))
	folder := writePackage(t)

	assert.Equal(t, cli.ExitOutside, run(t, "push", folder, reference).code)
	skipped := run(t, "push", folder, reference, "--insecure-skip-tls-verify")
	assert.Equal(t, 0, skipped.code, skipped.stderr)
	trusted := run(t, "inspect", reference, "--ca-file", authorities)
	assert.Equal(t, 0, trusted.code, trusted.stderr)
	assert.Equal(t, cli.ExitUsage, run(t, "inspect", reference, "--ca-file", filepath.Join(folder, "page.yaml")).code)
	assert.Equal(t, cli.ExitOutside, run(t, "inspect", reference, "--ca-file", filepath.Join(folder, "none.pem")).code)
}

func TestAnnotationsFromGit(t *testing.T) {
	t.Parallel()
	folder := writePackage(t)
	home := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		return gitOutput(t, home, folder, args...)
	}
	git("init", "--quiet")
	git("remote", "add", "origin", "https://user:secret@git.example.com/shop.git")
	git("add", ".")
	git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "first")
	revision := git("rev-parse", "HEAD")

	inspect := func() string {
		layout := filepath.Join(t.TempDir(), "layout")
		built := run(t, "build", folder, "--annotations-from-git", "--output", layout)
		require.Equal(t, 0, built.code, built.stderr)
		return run(t, "inspect", layout, "--output", "json").stdout
	}
	clean := inspect()
	assert.Contains(t, clean, `"org.opencontainers.image.revision": "`+revision+`"`)
	assert.Contains(t, clean, `"org.opencontainers.image.source": "https://git.example.com/shop.git"`)
	assert.NotContains(t, clean, "secret")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "new.yaml"), nil, 0o644))
	assert.Contains(t, inspect(), `"org.opencontainers.image.revision": "`+revision+`-dirty"`)
}
