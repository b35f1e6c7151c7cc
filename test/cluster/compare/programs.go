package compare

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/packstage/packstage/internal/benchmark/peakmemory"
	"github.com/packstage/packstage/test/cluster"
)

// program is one of those that are compared.
type program struct {
	name string
	// agent is the beginning of its user agent.
	agent string
	// install, again and remove are its command lines.
	install, again, remove func(s set, f folders, namespace string) []string
}

// found are the three programs.
func found(t *testing.T) []program {
	t.Helper()
	packstage, kapp, helm := built(t), cluster.Program(t, "kapp"), cluster.Program(t, "helm")
	waits := func(s set, flag string) string { return fmt.Sprintf("--%s=%t", flag, s.wait) }
	apply := func(s set, f folders, namespace string) []string {
		return []string{packstage, "apply", f.packaged, "--name", "compare", "-n", namespace, waits(s, "wait")}
	}
	deploy := func(s set, f folders, namespace string) []string {
		return []string{kapp, "deploy", "-a", "compare", "-n", namespace, "--into-ns", namespace, "-f", f.files, "-y", "--kube-api-qps", "100000", "--kube-api-burst", "100000", waits(s, "wait"), "--wait-check-interval", "500ms", "--wait-concurrency", "100"}
	}
	strategy := func(s set) string {
		if s.wait {
			return "--wait=watcher"
		}
		return "--wait=hookOnly"
	}
	return []program{
		{
			name: "packstage", agent: "packstage", install: apply, again: apply,
			remove: func(_ set, _ folders, namespace string) []string {
				return []string{packstage, "delete", "compare", "-n", namespace}
			},
		},
		{
			name: "kapp", agent: "kapp", install: deploy, again: deploy,
			remove: func(_ set, _ folders, namespace string) []string {
				return []string{kapp, "delete", "-a", "compare", "-n", namespace, "-y", "--kube-api-qps", "100000", "--kube-api-burst", "100000", "--wait-check-interval", "500ms", "--wait-concurrency", "100"}
			},
		},
		{
			name: "helm", agent: "Helm",
			install: func(s set, f folders, namespace string) []string {
				return []string{helm, "install", "compare", f.chart, "-n", namespace, strategy(s), "--timeout", "30m", "--qps", "100000", "--burst-limit", "100000"}
			},
			again: func(s set, f folders, namespace string) []string {
				return []string{helm, "upgrade", "compare", f.chart, "-n", namespace, strategy(s), "--timeout", "30m", "--qps", "100000", "--burst-limit", "100000"}
			},
			remove: func(_ set, _ folders, namespace string) []string {
				return []string{helm, "uninstall", "compare", "-n", namespace, "--wait=watcher", "--timeout", "30m", "--qps", "100000", "--burst-limit", "100000"}
			},
		},
	}
}

// built builds packstage.
func built(t *testing.T) string {
	t.Helper()
	packstage := filepath.Join(t.TempDir(), "packstage")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", packstage, "./cmd/packstage")
	build.Dir = filepath.Join("..", "..", "..")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return packstage
}

// usage is what one run of a program took.
type usage struct {
	wall   time.Duration
	cpu    time.Duration // of the process, user and system
	memory int64         // bytes at the peak
	calls  int
	writes int
}

// run runs a command line and measures it.
func run(t *testing.T, kubeconfig string, arguments []string) usage {
	t.Helper()
	command := exec.CommandContext(t.Context(), arguments[0], arguments[1:]...)
	command.Env = append(command.Environ(), "KUBECONFIG="+kubeconfig, "HELM_CACHE_HOME="+t.TempDir(), "HELM_CONFIG_HOME="+t.TempDir(), "HELM_DATA_HOME="+t.TempDir())
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	began := time.Now()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	peak := peakmemory.Watch(command.Process.Pid)
	err := command.Wait()
	took := time.Since(began)
	memory := peak()
	if err != nil {
		text := output.String()
		t.Fatalf("%s: %v\n%s", strings.Join(arguments, " "), err, text[max(0, len(text)-3000):])
	}
	return usage{wall: took, cpu: command.ProcessState.UserTime() + command.ProcessState.SystemTime(), memory: memory}
}
