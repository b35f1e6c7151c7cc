package kills_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/test/cluster"
	"github.com/packstage/packstage/test/cluster/kills/journey"
)

// commandLine is the program packstage with the two revisions as packages.
type commandLine struct {
	program  string
	packages map[journey.Step]string
}

func buildCommandLine(t *testing.T) commandLine {
	t.Helper()
	folder := t.TempDir()
	c := commandLine{program: filepath.Join(folder, "packstage"), packages: map[journey.Step]string{}}
	build := exec.Command("go", "build", "-o", c.program, "./cmd/packstage")
	build.Dir = filepath.Join("..", "..", "..")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	for step, revision := range map[journey.Step]int{journey.First: 1, journey.Second: 2} {
		c.packages[step] = filepath.Join(folder, fmt.Sprintf("shop-%d", revision))
		writePackage(t, c.packages[step], revision)
	}
	return c
}

// writePackage writes a revision as a package.
func writePackage(t *testing.T, folder string, revision int) {
	t.Helper()
	instance, err := journey.Instance("", revision)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(folder, 0o755))
	manifest := map[string]any{
		"apiVersion": "manifests.package-operator.run/v1alpha1", "kind": "PackageManifest",
		"metadata": map[string]any{"name": "shop"},
	}
	var phases []any
	for _, phase := range instance.Phases {
		phases = append(phases, map[string]any{"name": phase.Name})
		var file strings.Builder
		for _, object := range phase.Objects {
			content := object.DeepCopy()
			metadata := content["metadata"].(map[string]any)
			metadata["annotations"] = map[string]any{"package-operator.run/phase": phase.Name}
			text, err := yaml.Marshal(content)
			require.NoError(t, err)
			file.WriteString("---\n" + string(text))
		}
		require.NoError(t, os.WriteFile(filepath.Join(folder, phase.Name+".yaml"), []byte(file.String()), 0o600))
	}
	manifest["spec"] = map[string]any{
		"scopes": []any{"Namespaced"}, "phases": phases, "availabilityProbes": instance.AvailabilityProbes,
	}
	text, err := yaml.Marshal(manifest)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "manifest.yaml"), text, 0o600))
}

// command is one that takes a step.
func (c commandLine) command(kubeconfig, namespace string, step journey.Step) *exec.Cmd {
	var arguments []string
	switch step {
	case journey.First, journey.Second:
		arguments = []string{"apply", c.packages[step], "--name", "shop"}
	case journey.Back:
		arguments = []string{"rollback", "shop", "1"}
	case journey.Remove:
		arguments = []string{"delete", "shop"}
	}
	return exec.Command(c.program, append(arguments, "--namespace", namespace, "--kubeconfig", kubeconfig, "--lock-timeout", "5m")...)
}

// gone tells whether a command says that there is no such release.
func gone(output []byte) bool { return strings.Contains(string(output), "there is no release") }

// prepare makes a namespace and takes the steps before the one that is meant.
func (c commandLine) prepare(t *testing.T, on *cluster.Cluster, kubeconfig string, operation journey.Operation) (string, journey.Foreign) {
	t.Helper()
	namespace := on.CreateNamespace(t, "cli")
	foreign, err := journey.Plant(t.Context(), on.Client(), namespace)
	require.NoError(t, err)
	for _, step := range operation.Before {
		output, err := c.command(kubeconfig, namespace, step).CombinedOutput()
		require.NoError(t, err, string(output))
	}
	return namespace, foreign
}

// dead kills the program at a number of quarters of its requests. One that comes to its
// end before, having had less to wait for than the one that was not killed, does not
// count.
func (c commandLine) dead(t *testing.T, on *cluster.Cluster, kubeconfig string, operation journey.Operation, requests, quarter int) (string, journey.Foreign) {
	t.Helper()
	hook := []func(int, func()) cluster.Hook{cluster.KillBefore, cluster.KillAfter}[quarter%2]
	for range attempts {
		namespace, foreign := c.prepare(t, on, kubeconfig, operation)
		proxy := cluster.StartProxy(t, on, nil)
		command := c.command(proxy.Kubeconfig(t), namespace, operation.Step)
		command.Stderr = t.Output()
		killed, err := proxy.Kill(command, hook, requests*quarter/4)
		if killed {
			return namespace, foreign
		}
		require.NoError(t, err, "it failed before it was killed")
		requests = proxy.Count()
	}
	t.Fatalf("%d programs have ended before the request came", attempts)
	return "", nil
}

// The program is killed at a quarter, the half and three quarters of its requests; the
// same command again converges.
func TestCommandLineIsKilled(t *testing.T) {
	on := cluster.Shared(t)
	observer := journey.RequireObserver(t, on)
	c := buildCommandLine(t)
	kubeconfig := on.Kubeconfig()
	for _, operation := range journey.Operations() {
		if operation.Step == journey.Previous {
			continue
		}
		t.Run(operation.Name, func(t *testing.T) {
			t.Parallel()
			namespace, _ := c.prepare(t, on, kubeconfig, operation)
			proxy := cluster.StartProxy(t, on, nil)
			output, err := c.command(proxy.Kubeconfig(t), namespace, operation.Step).CombinedOutput()
			require.NoError(t, err, string(output))
			requests := proxy.Count()
			wanted := observer.RequireSettled(t, namespace)
			require.Equal(t, operation.Revisions, wanted.Revisions())
			for quarter := 1; quarter <= 3; quarter++ {
				t.Run(fmt.Sprintf("%d of %d", requests*quarter/4, requests), func(t *testing.T) {
					t.Parallel()
					namespace, foreign := c.dead(t, on, kubeconfig, operation, requests, quarter)
					output, err := c.command(kubeconfig, namespace, operation.Step).CombinedOutput()
					var exit *exec.ExitError
					if operation.Step != journey.Remove || !errors.As(err, &exit) || !gone(output) {
						require.NoError(t, err, string(output))
					}
					observer.RequireState(t, namespace, wanted, foreign, operation.Name+" on the command line", lease)
				})
			}
		})
	}
}
