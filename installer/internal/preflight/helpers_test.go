package preflight_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

var shop = cluster.Release{Namespace: "shop", Name: "shop"}

// documents reads the YAML of a test.
func documents(t *testing.T, text string) []map[string]any {
	t.Helper()
	var contents []map[string]any
	for _, document := range yamldoc.Split([]byte(text)) {
		if document.Empty() {
			continue
		}
		content, err := yamldoc.DecodeMap(document, yamldoc.Options{})
		require.NoError(t, err)
		contents = append(contents, content)
	}
	return contents
}

// take takes an annotation off an object.
func take(content map[string]any, name string) string {
	metadata, _ := content["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	value, _ := annotations["package-operator.run/"+name].(string)
	delete(annotations, "package-operator.run/"+name)
	if len(annotations) == 0 {
		delete(metadata, "annotations")
	}
	return value
}

// newInstance makes an instance for the namespace shop of the objects in a YAML text,
// whose annotations say phase and collision protection.
func newInstance(t *testing.T, scope manifest.Scope, text string) *packagetypes.Instance {
	t.Helper()
	instance := &packagetypes.Instance{Name: "shop", Namespace: "shop", Scope: scope, PackageName: "shop"}
	for number, content := range documents(t, text) {
		name := take(content, "phase")
		if name == "" {
			name = "deploy"
		}
		protection := packagetypes.CollisionProtection(take(content, "collision-protection"))
		source := diagnostic.Position{File: "objects.yaml", Line: 10 * (number + 1), Document: number + 1}
		object := packagetypes.NewObject(content, source, nil, protection)
		at := slices.IndexFunc(instance.Phases, func(phase packagetypes.Phase) bool { return phase.Name == name })
		if at < 0 {
			at = len(instance.Phases)
			instance.Phases = append(instance.Phases, packagetypes.Phase{Name: name})
		}
		instance.Phases[at].Objects = append(instance.Phases[at].Objects, object)
	}
	return instance
}

// newCluster makes a cluster with the namespace shop and the objects of a YAML text.
func newCluster(t *testing.T, text string, options ...clustertest.Option) *clustertest.Cluster {
	t.Helper()
	c := clustertest.New(options...)
	namespace := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "shop"}}}
	require.NoError(t, c.Load(namespace))
	for _, content := range documents(t, text) {
		object := &unstructured.Unstructured{Object: content}
		if object.GetKind() == "Namespace" && object.GetName() == "shop" {
			continue
		}
		require.NoError(t, c.Load(object))
	}
	c.Reset()
	return c
}

// newOptions are options for an instance in a cluster.
func newOptions(c cluster.Cluster, instance *packagetypes.Instance) preflight.Options {
	return preflight.Options{
		Release: shop, Instance: instance, Cluster: c, FieldManager: "packstage", Reserved: history.ReservedObject,
		Environment: manifest.Environment{Kubernetes: manifest.KubernetesEnvironment{Version: "v1.36.3"}},
	}
}

// check checks, and wants that nothing was written.
func check(t *testing.T, c *clustertest.Cluster, options preflight.Options) *preflight.Result {
	t.Helper()
	before := c.Snapshot()
	result, err := preflight.Check(t.Context(), options)
	require.NoError(t, err)
	requireNoWrites(t, c)
	require.Equal(t, before, c.Snapshot())
	require.Equal(t, result.Diagnostics.HasErrors(), result.Blocked)
	return result
}

// requireNoWrites wants that nothing but dry runs and questions was sent.
func requireNoWrites(t *testing.T, c *clustertest.Cluster) {
	t.Helper()
	for _, call := range c.Calls() {
		question := strings.HasPrefix(call.Reference.Kind, "SelfSubject") && call.Verb == clustertest.VerbCreate
		require.True(t, !call.Verb.Writes() || call.DryRun || question, "%v was written", call)
	}
}

// codes returns the codes of findings of a severity, sorted, each once.
func codes(found diagnostic.Diagnostics, severity diagnostic.Severity) []string {
	all := []string{}
	for _, finding := range found.WithSeverity(severity) {
		all = append(all, string(finding.Code))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// dryRuns returns what was tried, sorted.
func dryRuns(c *clustertest.Cluster) []string {
	all := []string{}
	for _, call := range c.Calls() {
		if call.Verb == clustertest.VerbApply {
			all = append(all, call.Reference.String())
		}
	}
	slices.Sort(all)
	return all
}
