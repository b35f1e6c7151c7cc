package cli_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/clustertest/apiserver"
	"github.com/packstage/packstage/internal/cli"
)

// serveCluster returns the environment in which a cluster behind a handler is the one of
// the kubeconfig.
func serveCluster(t *testing.T, handler http.Handler) []string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return kubeconfigOf(t, server.URL)
}

func kubeconfigOf(t *testing.T, address string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(path, apiserver.Kubeconfig(address, ""), 0o600))
	return []string{"KUBECONFIG=" + path, "USER=tester"}
}

// runIn runs the program in an environment.
func runIn(ctx context.Context, env []string, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	code := cli.Run(ctx, cli.Invocation{
		Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Env: env, Version: "v0.0.0-test", CompletionPatience: patient,
	})
	return outcome{code, stdout.String(), stderr.String()}
}

// refusing answers everything with a Status.
func refusing(code int, reason, message string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"` + reason + `","message":"` + message + `"}`))
	})
}

// Each command says what is wrong with the cluster and what to do, and ends with the exit
// code for the world outside.
func TestClusterErrors(t *testing.T) {
	t.Parallel()
	const address = "127.0.0.1:1" // a port that was closed just now may be another test's already
	folder := writePackage(t)
	home := "HOME=" + t.TempDir()
	commands := [][]string{
		{"plan", folder, "--name", "web"},
		{"apply", folder, "--name", "web"},
		{"wait", "web"},
		{"status", "web"},
		{"status", "web", "--watch"},
		{"history", "web"},
		{"rollback", "web"},
		{"drift", "web"},
		{"delete", "web"},
		{"list"},
		{"get", "values", "web"},
		{"get", "manifest", "web"},
		{"pause", "web"},
		{"resume", "web"},
	}
	for name, test := range map[string]struct {
		env  []string
		says []string
	}{
		"no kubeconfig": {[]string{home}, []string{"no cluster is configured", "--kubeconfig"}},
		"no such file":  {[]string{"KUBECONFIG=" + filepath.Join(folder, "none"), home}, []string{"no cluster is configured"}},
		"no server":     {kubeconfigOf(t, "http://"+address), []string{"refused", "hint: is the API server at http://" + address}},
		"expired token": {serveCluster(t, refusing(401, "Unauthorized", "Unauthorized")), []string{"hint: the API server does not accept the credentials"}},
		"forbidden":     {serveCluster(t, refusing(403, "Forbidden", "users \\u001b[2Jis forbidden")), []string{`\u001b[2J`, "hint: the user of the kubeconfig may not do this"}},
		"a web page":    {serveCluster(t, http.NotFoundHandler()), []string{"packstage: "}},
	} {
		for _, command := range commands {
			t.Run(name+"/"+strings.Join(command[:1], " "), func(t *testing.T) {
				t.Parallel()
				got := runIn(t.Context(), test.env, command...)
				assert.Equal(t, cli.ExitOutside, got.code, got.stderr)
				assert.Empty(t, got.stdout)
				for _, text := range test.says {
					assert.Contains(t, got.stderr, text)
				}
				assert.NotContains(t, got.stderr, "\x1b")
			})
		}
	}
}

// What may not be done in the middle is said with its hint, too.
func TestForbiddenCalls(t *testing.T) {
	t.Parallel()
	api := apiserver.New(clustertest.New(), apiserver.Options{})
	env := serveCluster(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/secrets") {
			refusing(403, "Forbidden", "secrets is forbidden").ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	}))
	for _, command := range [][]string{{"list"}, {"status", "web"}, {"delete", "web"}, {"pause", "web"}} {
		got := runIn(t.Context(), env, command...)
		assert.Equal(t, cli.ExitOutside, got.code, got.stderr)
		assert.Contains(t, got.stderr, "secrets is forbidden")
		assert.Contains(t, got.stderr, "hint: the user of the kubeconfig may not do this")
	}
}

// writeStuck makes the folder of a package that never becomes available.
func writeStuck(t *testing.T) string {
	t.Helper()
	folder := writePackage(t)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "web.yaml"), []byte(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: default
  annotations: {package-operator.run/phase: deploy}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: registry.example.com/web@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}]}
`), 0o600))
	require.NoError(t, os.Remove(filepath.Join(folder, "page.yaml")))
	return folder
}

func never(*unstructured.Unstructured) int { return clustertest.Never }

// signalWriter closes a channel when a text was written.
type signalWriter struct {
	written bytes.Buffer
	text    string
	seen    chan struct{}
	done    atomic.Bool
}

func (w *signalWriter) Write(data []byte) (int, error) {
	n, err := w.written.Write(data)
	if strings.Contains(w.String(), w.text) && w.done.CompareAndSwap(false, true) {
		close(w.seen)
	}
	return n, err
}

func (w *signalWriter) String() string { return w.written.String() }

// An interruption ends the command, says that the release can be continued, and leaves it so.
func TestInterruptedRollout(t *testing.T) {
	t.Parallel()
	made := clustertest.New(clustertest.WithReadiness(never))
	env := serveCluster(t, apiserver.New(made, apiserver.Options{}))
	folder := writeStuck(t)
	ctx, interrupt := context.WithCancel(t.Context())
	stderr := &signalWriter{text: "waiting for Deployment.apps default/web", seen: make(chan struct{})}
	var stdout bytes.Buffer
	exit := make(chan int, 1)
	go func() {
		exit <- cli.Run(ctx, cli.Invocation{
			Args: []string{"apply", folder, "--name", "web"}, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: stderr, Env: env,
		})
	}()
	select {
	case <-stderr.seen:
	case code := <-exit:
		t.Fatalf("it ended with %d: %s", code, stderr)
	}
	interrupt()
	select {
	case code := <-exit:
		assert.Equal(t, cli.ExitOutside, code)
	case <-time.After(patient):
		t.Fatal("the program does not end")
	}
	assert.Empty(t, stdout.String())
	assert.True(t, strings.HasSuffix(stderr.String(), "packstage: interrupted\n  hint: the release can be continued: run the same command again\n"), stderr.String())

	status := runIn(t.Context(), env, "status", "web", "--output", "json")
	assert.Equal(t, cli.ExitFindings, status.code, status.stderr)
	assert.Contains(t, status.stdout, `"state": "Progressing"`)
	assert.Contains(t, runIn(t.Context(), env, "status", "web").stdout, "Deployment.apps default/web  its controller has not seen it yet")
}

// Whoever watches sees a status when it changes; an interruption ends it with the last one.
func TestStatusWatch(t *testing.T) {
	t.Parallel()
	made := clustertest.New(clustertest.WithReadiness(never))
	env := serveCluster(t, apiserver.New(made, apiserver.Options{}))
	require.Equal(t, cli.ExitOK, runIn(t.Context(), env, "apply", writeStuck(t), "--name", "web", "--wait=false").code)
	ctx, interrupt := context.WithCancel(t.Context())
	stdout := &signalWriter{text: "Progressing", seen: make(chan struct{})}
	exit := make(chan int, 1)
	go func() {
		exit <- cli.Run(ctx, cli.Invocation{
			Args:  []string{"status", "web", "--watch", "--interval", "10ms"},
			Stdin: strings.NewReader(""), Stdout: stdout, Stderr: &bytes.Buffer{}, Env: env,
		})
	}()
	<-stdout.seen
	interrupt()
	assert.Equal(t, cli.ExitFindings, <-exit)
	assert.Equal(t, 1, strings.Count(stdout.String(), "release default/web"), "it has not changed: "+stdout.String())
}

func TestReleaseNamesAreCompleted(t *testing.T) {
	t.Parallel()
	env := serveCluster(t, apiserver.New(clustertest.New(), apiserver.Options{}))
	require.Equal(t, cli.ExitOK, runIn(t.Context(), env, "apply", writePackage(t), "--name", "web").code)
	got := runIn(t.Context(), env, "__complete", "status", "")
	assert.Contains(t, got.stdout, "web\tAvailable\n")
	assert.NotContains(t, runIn(t.Context(), env, "__complete", "status", "-n", "kube-system", "").stdout, "web")
	assert.Equal(t, ":4\n", runIn(t.Context(), []string{"HOME=" + t.TempDir()}, "__complete", "status", "").stdout)
}

func TestServerWarningsAreShownOnce(t *testing.T) {
	t.Parallel()
	api := apiserver.New(clustertest.New(), apiserver.Options{})
	env := serveCluster(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Warning", `299 - "v1 Widget is deprecated"`)
		w.Header().Add("Warning", `199 - "not for people"`)
		if r.Method == http.MethodGet {
			w.Header().Add("Warning", `299 - "v1 Endpoints is deprecated"`)
		}
		api.ServeHTTP(w, r)
	}))
	got := runIn(t.Context(), env, "apply", writePackage(t), "--name", "web")
	require.Equal(t, cli.ExitOK, got.code, got.stderr)
	assert.Equal(t, 1, strings.Count(got.stderr, "the API server warns: v1 Widget is deprecated"), got.stderr)
	assert.NotContains(t, got.stderr, "not for people")
	assert.NotContains(t, got.stderr, "Endpoints")
	assert.Empty(t, runIn(t.Context(), env, "status", "web").stderr)
}
