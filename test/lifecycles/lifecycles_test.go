// Package lifecycles compares what lint knows of the lives of Kubernetes' APIs with
// what Kubernetes' own types say.
package lifecycles

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

// lifecycle is what types of k8s.io/api say of themselves.
type lifecycle interface {
	APILifecycleDeprecated() (major, minor int)
	APILifecycleRemoved() (major, minor int)
}

const manifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: lives}
spec:
  scopes: [Cluster]
  phases: [{name: all}]
  constraints:
  - platformVersion: {name: Kubernetes, range: "1.%d.x"}
`

// codesFor returns what lint says of a kind on a minor of Kubernetes.
func codesFor(t *testing.T, apiVersion, kind string, minor int) []string {
	t.Helper()
	object := fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: a, namespace: a, annotations: {package-operator.run/phase: all}}\n", apiVersion, kind)
	result, err := lint.Run(t.Context(), packageloader.FromFiles(map[string][]byte{
		"manifest.yaml": []byte(fmt.Sprintf(manifest, minor)), "object.yaml": []byte(object),
	}), lint.Options{Only: []diagnostic.Code{"api-removed", "api-deprecated"}})
	require.NoError(t, err)
	require.Empty(t, result.Faults)
	var codes []string
	for _, finding := range result.Findings {
		codes = append(codes, string(finding.Code))
	}
	return codes
}

// newest is the newest minor that lint knows of.
const newest = 37

func TestLivesAreThoseOfKubernetes(t *testing.T) {
	t.Parallel()
	checked := 0
	for gvk := range scheme.Scheme.AllKnownTypes() {
		object, err := scheme.Scheme.New(gvk)
		require.NoError(t, err)
		life, ok := object.(lifecycle)
		// What nobody installs: answers, reviews, parts of others.
		if !ok || strings.HasSuffix(gvk.Kind, "List") || strings.HasSuffix(gvk.Kind, "Review") ||
			slices.Contains([]string{"Scale", "Eviction", "DeploymentRollback", "APIGroupDiscovery"}, gvk.Kind) {
			continue
		}
		checked++
		apiVersion := gvk.GroupVersion().String()
		_, deprecated := life.APILifecycleDeprecated()
		_, removed := life.APILifecycleRemoved()
		name := apiVersion + " " + gvk.Kind
		if deprecated <= newest {
			assert.Contains(t, [][]string{{"api-deprecated"}, {"api-removed"}}, codesFor(t, apiVersion, gvk.Kind, min(newest, max(deprecated, 0))), "%s is deprecated since 1.%d", name, deprecated)
			assert.Empty(t, codesFor(t, apiVersion, gvk.Kind, deprecated-1), "%s before 1.%d", name, deprecated)
		} else {
			assert.Empty(t, codesFor(t, apiVersion, gvk.Kind, newest), "%s", name)
		}
		if removed <= newest {
			assert.Equal(t, []string{"api-removed"}, codesFor(t, apiVersion, gvk.Kind, removed), "%s is gone since 1.%d", name, removed)
			assert.Equal(t, []string{"api-deprecated"}, codesFor(t, apiVersion, gvk.Kind, removed-1), "%s is there until 1.%d", name, removed-1)
		}
	}
	t.Logf("%d kinds", checked)
	require.Greater(t, checked, 40)
}
