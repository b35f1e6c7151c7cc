package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorder is a kubectl that notes what it is asked for, in files beside it, and
// refuses the command that a file "refuse" names.
const recorder = `#!/bin/sh
set -eu
folder=$(dirname "$0")
call=$(find "$folder" -name '*.args' | wc -l)
number=$(printf '%04d' "$call")
cat >"$folder/$number.stdin"
printf '%s\n' "$@" >"$folder/$number.args"
if [ -f "$folder/refuse" ] && [ "$(cat "$folder/refuse")" = "$1" ]; then
  echo "the server says no" >&2
  exit 1
fi
echo "$1 done"
`

type recordedKubectl struct{ path string }

func newRecordedKubectl(t *testing.T) recordedKubectl {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the recorder is a shell script")
	}
	path := filepath.Join(t.TempDir(), "kubectl")
	// A process that another test starts meanwhile must not inherit the open
	// file: nobody can run a file that is open for writing.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	require.NoError(t, os.WriteFile(path, []byte(recorder), 0o755))
	return recordedKubectl{path}
}

func (k recordedKubectl) refuse(t *testing.T, command string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(k.path), "refuse"), []byte(command), 0o644))
}

// call is one call of kubectl: its arguments, and "Kind name" of the objects
// that it got.
type call struct {
	args    string
	objects []string
}

func (k recordedKubectl) calls(t *testing.T) []call {
	t.Helper()
	recorded, err := filepath.Glob(filepath.Join(filepath.Dir(k.path), "*.args"))
	require.NoError(t, err)
	slices.Sort(recorded)
	var calls []call
	for _, path := range recorded {
		args, err := os.ReadFile(path)
		require.NoError(t, err)
		input, err := os.ReadFile(strings.TrimSuffix(path, ".args") + ".stdin")
		require.NoError(t, err)
		calls = append(calls, call{
			args:    strings.Join(strings.Fields(string(args)), " "),
			objects: objectNames(t, string(input)),
		})
	}
	return calls
}

func objectNames(t *testing.T, stream string) []string {
	t.Helper()
	var names []string
	for document := range strings.SplitSeq(stream, "---\n") {
		if document == "" {
			continue
		}
		var object struct {
			Kind     string `json:"kind"`
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		}
		require.NoError(t, json.Unmarshal([]byte(document), &object))
		names = append(names, object.Kind+" "+object.Metadata.Name)
	}
	return names
}

const webapp = "../packages/webapp"

func TestInstall(t *testing.T) {
	t.Parallel()
	kubectl := newRecordedKubectl(t)
	var out bytes.Buffer
	args := []string{"-kubectl", kubectl.path, "-name", "board", "-namespace", "boards", "-timeout", "90s", webapp}
	require.NoError(t, run(t.Context(), args, &out))
	const apply = "apply --server-side --namespace boards -f -"
	assert.Equal(t, []call{
		{apply, []string{"ConfigMap board", "ServiceAccount board"}},
		{apply, []string{"Deployment board", "PodDisruptionBudget board"}},
		{"wait --for condition=Available=True --timeout 1m30s --namespace boards -f -", []string{"Deployment board"}},
		{apply, []string{"Service board"}},
	}, kubectl.calls(t))
	assert.Equal(t, "phase config: 2 objects\napply done\nphase deploy: 2 objects\napply done\nwait done\nphase expose: 1 objects\napply done\n",
		out.String())
}

func TestRemoveGoesBackwards(t *testing.T) {
	t.Parallel()
	kubectl := newRecordedKubectl(t)
	require.NoError(t, run(t.Context(), []string{"-kubectl", kubectl.path, "-delete", webapp}, io.Discard))
	const remove = "delete --ignore-not-found --wait --namespace default -f -"
	assert.Equal(t, []call{
		{remove, []string{"Service webapp"}},
		{remove, []string{"PodDisruptionBudget webapp", "Deployment webapp"}},
		{remove, []string{"ServiceAccount webapp", "ConfigMap webapp"}},
	}, kubectl.calls(t))
}

// Objects of a package in cluster scope lie in namespaces of their own, which
// kubectl refuses beside a --namespace.
func TestClusterScopeNamesNoNamespace(t *testing.T) {
	t.Parallel()
	kubectl := newRecordedKubectl(t)
	require.NoError(t, run(t.Context(), []string{"-kubectl", kubectl.path, "../packages/operator"}, io.Discard))
	var waits []call
	for _, made := range kubectl.calls(t) {
		assert.NotContains(t, made.args, "--namespace")
		if strings.HasPrefix(made.args, "wait") {
			waits = append(waits, made)
		}
	}
	const timeout = " --timeout 5m0s -f -"
	assert.Equal(t, []call{
		{"wait --for condition=Established=True" + timeout, []string{"CustomResourceDefinition backupplans.backup.example.com"}},
		{"wait --for condition=Established=True" + timeout, []string{"CustomResourceDefinition backupstores.backup.example.com"}},
		{"wait --for condition=Available=True" + timeout, []string{"Deployment backup-operator"}},
	}, waits)
}

func TestOnlySelectedObjectsAreAwaited(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		selector string
		want     []string
	}{
		"all of a kind":      {"", []string{"Deployment front", "Deployment back"}},
		"by label":           {"matchLabels: {tier: front}", []string{"Deployment front"}},
		"by expression":      {"matchExpressions: [{key: tier, operator: NotIn, values: [front]}]", []string{"Deployment back"}},
		"nothing is matched": {"matchLabels: {tier: middle}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kubectl := newRecordedKubectl(t)
			require.NoError(t, run(t.Context(), []string{"-kubectl", kubectl.path, twoDeployments(t, test.selector)}, io.Discard))
			var awaited []string
			for _, made := range kubectl.calls(t) {
				if strings.HasPrefix(made.args, "wait") {
					awaited = append(awaited, made.objects...)
				}
			}
			assert.Equal(t, test.want, awaited)
		})
	}
}

func twoDeployments(t *testing.T, selector string) string {
	t.Helper()
	folder := t.TempDir()
	manifest := fmt.Sprintf(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: two}
spec:
  scopes: [Namespaced]
  phases: [{name: deploy}]
  availabilityProbes:
  - selector:
      kind: {group: apps, kind: Deployment}
      selector: {%s}
    probes:
    - condition: {type: Available, status: "True"}
    - fieldsEqual: {fieldA: .status.updatedReplicas, fieldB: .status.replicas}
`, selector)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "manifest.yaml"), []byte(manifest), 0o644))
	for i, tier := range []string{"front", "back"} {
		object := fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: %s
  labels: {tier: %[1]s}
  annotations: {package-operator.run/phase: deploy}
`, tier)
		require.NoError(t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.yaml", i)), []byte(object), 0o644))
	}
	return folder
}

func TestFailureEndsTheInstallation(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]struct {
		phase string
		calls int
	}{"apply": {"phase config", 1}, "wait": {"phase deploy: webapp", 3}} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			kubectl := newRecordedKubectl(t)
			kubectl.refuse(t, command)
			err := run(t.Context(), []string{"-kubectl", kubectl.path, webapp}, io.Discard)
			require.ErrorContains(t, err, want.phase)
			require.ErrorContains(t, err, "the server says no")
			assert.Len(t, kubectl.calls(t), want.calls)
		})
	}
}

func TestNothingIsCalledInVain(t *testing.T) {
	t.Parallel()
	kubectl := newRecordedKubectl(t)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, run(cancelled, []string{"-kubectl", kubectl.path, webapp}, io.Discard), context.Canceled)
	require.ErrorContains(t, run(t.Context(), []string{"-kubectl", kubectl.path}, io.Discard), "one package")
	require.ErrorContains(t, run(t.Context(), []string{"-kubectl", kubectl.path, "../packages/shop"}, io.Discard), "config.host")
	assert.Empty(t, kubectl.calls(t))
}
