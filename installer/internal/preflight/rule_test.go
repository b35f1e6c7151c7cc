package preflight_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/manifest"
)

// rule is a package in a cluster, and what has to be found.
type rule struct {
	name             string
	cluster, objects string
	adopt, force     bool
	clusterOptions   []clustertest.Option
	prepare          func(t *testing.T, c *clustertest.Cluster)
	// errors, warnings and infos are the codes that are found.
	errors, warnings, infos []string
	// actions of the objects, in order; none are not looked at.
	actions []preflight.Action
	// says are parts of the findings, or of why something is put off.
	says []string
}

const (
	create    = preflight.ActionCreate
	update    = preflight.ActionUpdate
	unchanged = preflight.ActionUnchanged
	adopt     = preflight.ActionAdopt
	deferred  = preflight.ActionDeferred
	nothing   = preflight.Action("")
)

func (r rule) run(t *testing.T) {
	t.Helper()
	c := newCluster(t, r.cluster, r.clusterOptions...)
	if r.prepare != nil {
		r.prepare(t, c)
		c.Reset()
	}
	options := newOptions(c, newInstance(t, manifest.ScopeCluster, r.objects))
	options.Adopt, options.Force = r.adopt, r.force
	result := check(t, c, options)
	text := result.Diagnostics.Error()
	require.ElementsMatch(t, r.errors, codes(result.Diagnostics, diagnostic.Error), text)
	require.ElementsMatch(t, r.warnings, codes(result.Diagnostics, diagnostic.Warning), text)
	require.ElementsMatch(t, r.infos, codes(result.Diagnostics, diagnostic.Info), text)
	var actions []preflight.Action
	for _, object := range result.Objects {
		actions = append(actions, object.Action)
		require.Equal(t, object.Action == deferred, object.Deferred != "", "%v", object.Reference)
		if object.Action == create || object.Action == update || object.Action == adopt {
			require.NotNil(t, object.Result)
		}
		require.Equal(t, object.Action == update || object.Action == adopt || object.Action == unchanged, object.Live != nil && object.Action != nothing && object.Action != deferred)
		text += "\n" + object.Deferred
	}
	if r.actions != nil {
		require.Equal(t, r.actions, actions, text)
	}
	for _, part := range r.says {
		require.Contains(t, text, part)
	}
	for _, finding := range result.Diagnostics {
		require.NotEmpty(t, finding.Message)
		if finding.Severity == diagnostic.Error {
			require.NotEmpty(t, finding.Position.File, "%v", finding)
		}
	}
}

func runRules(t *testing.T, rules []rule) {
	t.Helper()
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			rule.run(t)
		})
	}
}

// owned puts the labels of the release on the first object of a text.
func owned(text string) string {
	return strings.Replace(text, "metadata: {", "metadata: {labels: {packstage.dev/release: shop, packstage.dev/release-namespace: shop}, ", 1)
}

// applied applies objects as the release.
func applied(text string) func(*testing.T, *clustertest.Cluster) {
	return func(t *testing.T, c *clustertest.Cluster) {
		t.Helper()
		instance := newInstance(t, manifest.ScopeCluster, text)
		for _, object := range instance.Objects() {
			kind, err := c.Kind(t.Context(), object.GroupVersionKind())
			require.NoError(t, err)
			desired, err := preflight.Desired(object, shop, kind, instance)
			require.NoError(t, err)
			_, err = c.Apply(t.Context(), desired, cluster.ApplyOptions{FieldManager: "packstage", Force: true})
			require.NoError(t, err)
		}
	}
}

const (
	cartDefinition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: carts.shop.example.com, annotations: {package-operator.run/phase: crds}}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {kind: Cart, plural: carts, singular: cart, listKind: CartList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}}
  - {name: v1alpha1, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
`
	cart = "apiVersion: shop.example.com/v1\nkind: Cart\nmetadata: {name: big, annotations: {package-operator.run/phase: carts}}\n"
)
