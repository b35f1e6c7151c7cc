package cli_test

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/packstage/packstage/internal/cli"
	"github.com/packstage/packstage/registry/registryserver"
)

var update = flag.Bool("update", false, "write what is generated, and the expectations of scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"packstage": runProgram})
}

// patient is how long tests wait for what comes soon: only what never comes takes as long.
const patient = 5 * time.Minute

// runProgram is main as in cmd/packstage.
func runProgram() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(cli.Run(ctx, cli.Invocation{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Env: os.Environ(), Version: "v0.0.0-test", CompletionPatience: patient,
	}))
}

// TestScripts runs the program as a user would. Each script has a registry of
// its own at $REGISTRY, a cluster of its own at $KUBECONFIG, and a home without anything in it. "code N COMMAND" wants
// the exit code N.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			server := httptest.NewServer(registryserver.New(registryserver.Options{}))
			env.Defer(server.Close)
			env.Setenv("REGISTRY", strings.TrimPrefix(server.URL, "http://"))
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("DOCKER_CONFIG", filepath.Join(env.WorkDir, "home", ".docker"))
			return giveCluster(env)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": exitCode, "sparse": sparseFile, "capture": capture, "expand": expand,
			"cluster": changeCluster, "steady": withoutTimes,
		},
	})
}
