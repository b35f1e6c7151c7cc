package installer_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// forge adds a revision to the stored state of a release as somebody can who may
// write Secrets in its namespace: with digests that fit.
func forge(t *testing.T, c *clustertest.Cluster, instance *packagetypes.Instance, change func(*history.Record, *history.Content)) int {
	t.Helper()
	store := history.NewStore(c, "intruder")
	record, err := store.Load(t.Context(), shop)
	require.NoError(t, err)
	content := &history.Content{Instance: instance}
	if change != nil {
		change(record, content)
	}
	number := record.Next()
	revision, err := store.Put(t.Context(), shop, number, content, history.Revision{})
	require.NoError(t, err)
	revision.State = history.RevisionAvailable
	record.Revisions = append(record.Revisions, revision)
	record.Target, record.Scope = number, instance.Scope
	require.NoError(t, store.Save(t.Context(), record))
	return number
}

func namespaced(t *testing.T, text string) *packagetypes.Instance {
	t.Helper()
	instance := phases(t, text)
	instance.Scope = manifest.ScopeNamespaced
	return instance
}

func clusterRole(name, verb string) string {
	return "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: " + name + "}\nrules: [{apiGroups: [''], resources: [pods], verbs: ['" + verb + "']}]\n"
}

func clusterRoleNamed(name string) cluster.Reference {
	return cluster.NewReference(schema.GroupVersionKind{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRole"}, "", name)
}

// Whoever may write Secrets in the namespace of a namespaced release cannot have it
// reach further when somebody with more rights goes back, goes on, or deletes it.
func TestForgedStateStaysInItsNamespace(t *testing.T) {
	t.Parallel()
	const elsewhere = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine, namespace: kube-system}\n"
	for name, forged := range map[string]*packagetypes.Instance{
		"scope":              phases(t, "# phase one\n"+clusterRole("evil", "get")),
		"scope, other place": phases(t, "# phase one\n"+elsewhere),
		"no scope":           func() *packagetypes.Instance { i := phases(t, "# phase one\n"+elsewhere); i.Scope = ""; return i }(),
		"instance's namespace": func() *packagetypes.Instance {
			i := namespaced(t, "# phase one\n"+configMap("mine", "x"))
			i.Namespace = "kube-system"
			return i
		}(),
		"object": namespaced(t, "# phase one\n"+clusterRole("evil", "get")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clustertest.New()
			i := installer.New(c, quick())
			_, err := i.Apply(t.Context(), shop, namespaced(t, "# phase one\n"+configMap("a", "1")), installer.ApplyOptions{})
			require.NoError(t, err)
			number := forge(t, c, forged, nil)
			before := writes(c)
			options := installer.ApplyOptions{Adopt: true, Force: true}
			for _, run := range []func() error{
				func() error { _, err := i.Rollback(t.Context(), shop, number, options); return err },
				func() error { _, err := i.Wait(t.Context(), shop, options); return err },
			} {
				err := run()
				var blocked *installer.BlockedError
				require.ErrorAs(t, err, &blocked)
				require.ErrorIs(t, err, diagnostic.ScopeViolation)
			}
			require.Equal(t, before, writes(c))
		})
	}
}

// The way back of a failed apply does not install what was forged, either.
func TestForgedStateIsNotTheWayBack(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(stuck))
	i := installer.New(c, impatient())
	_, err := i.Apply(t.Context(), shop, namespaced(t, "# phase one\n"+configMap("a", "1")), installer.ApplyOptions{})
	require.NoError(t, err)
	forge(t, c, phases(t, "# phase one\n"+configMap("a", "1")+"---\n"+clusterRole("evil", "get")), func(record *history.Record, _ *history.Content) {
		record.Available = 0
	})
	store := history.NewStore(c, "intruder")
	record, err := store.Load(t.Context(), shop)
	require.NoError(t, err)
	record.Available = record.Target
	require.NoError(t, store.Save(t.Context(), record))
	broken := namespaced(t, "# phase one\n"+configMap("a", "2")+"# phase two\n"+deployment("web", "broken"))
	_, err = i.Apply(t.Context(), shop, broken, installer.ApplyOptions{Atomic: true})
	require.Error(t, err)
	require.ErrorIs(t, err, diagnostic.ScopeViolation)
	require.NotContains(t, content(c), clusterRoleNamed("evil").String())
}

// A release that is for the whole cluster goes back and on as before.
func TestStoredStateOfTheWholeClusterIsInstalled(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	first := phases(t, "# phase one\n"+clusterRole("first", "get"))
	for _, instance := range []*packagetypes.Instance{first, phases(t, "# phase one\n"+clusterRole("second", "get"))} {
		_, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
		require.NoError(t, err)
	}
	_, err := c.Get(t.Context(), clusterRoleNamed("first"))
	require.Error(t, err)
	_, err = i.Rollback(t.Context(), shop, 1, installer.ApplyOptions{})
	require.NoError(t, err)
	_, err = c.Get(t.Context(), clusterRoleNamed("first"))
	require.NoError(t, err)
	_, err = i.Wait(t.Context(), shop, installer.ApplyOptions{})
	require.NoError(t, err)
}

// What vouches for a release is what the installer has labelled, where it is.
func TestWhatVouchesForStoredState(t *testing.T) {
	t.Parallel()
	inOther := func(name, namespace string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + ", namespace: " + namespace + "}\n"
	}
	for _, test := range []struct {
		name, there, manager, forged string
		blocked                      bool
	}{
		{"labels that somebody copied", clusterRole("evil", "get"), "copier", clusterRole("evil", "*"), true},
		{"labels of the installer", clusterRole("evil", "get"), "packstage", clusterRole("evil", "*"), false},
		{"in a namespace, for another", inOther("a", "one"), "packstage", inOther("a", "one") + "---\n" + inOther("a", "two"), true},
		{"in a namespace, for what is in none", inOther("a", "one"), "packstage", inOther("a", "one") + "---\n" + clusterRole("evil", "*"), true},
		{"in a namespace, for that one", inOther("a", "one"), "packstage", inOther("a", "one") + "---\n" + inOther("b", "one"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := clustertest.New()
			for _, name := range []string{"one", "two"} {
				require.NoError(t, c.Load(object(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+name+"}\n")))
			}
			i := installer.New(c, quick())
			_, err := i.Apply(t.Context(), shop, namespaced(t, "# phase one\n"+configMap("a", "1")), installer.ApplyOptions{})
			require.NoError(t, err)
			labelled := object(t, test.there)
			labelled.SetLabels(map[string]string{cluster.LabelRelease: shop.Name, cluster.LabelReleaseNamespace: shop.Namespace})
			_, err = c.Apply(t.Context(), labelled, cluster.ApplyOptions{FieldManager: test.manager})
			require.NoError(t, err)
			number := forge(t, c, phases(t, "# phase one\n"+test.forged), nil)
			_, err = i.Rollback(t.Context(), shop, number, installer.ApplyOptions{Force: true})
			if test.blocked {
				require.ErrorIs(t, err, diagnostic.ScopeViolation)
				require.ErrorContains(t, err, "could have written the stored revision 2")
			} else {
				require.NoError(t, err)
			}
		})
	}
}

// Removal touches nothing that does not bear the labels, whatever the state says.
func TestForgedLeftoversAreNotDeleted(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	require.NoError(t, c.Load(object(t, clusterRole("admin", "*"))))
	i := installer.New(c, quick())
	_, err := i.Apply(t.Context(), shop, namespaced(t, "# phase one\n"+configMap("a", "1")), installer.ApplyOptions{})
	require.NoError(t, err)
	forge(t, c, namespaced(t, "# phase one\n"+configMap("a", "1")), func(_ *history.Record, forged *history.Content) {
		forged.Leftovers = []history.Leftover{{Reference: clusterRoleNamed("admin"), Phase: "one"}, {Reference: cluster.NewReference(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, "", "default"), Phase: "one"}}
	})
	_, err = i.Apply(t.Context(), shop, namespaced(t, "# phase one\n"+configMap("b", "1")), installer.ApplyOptions{})
	require.NoError(t, err)
	_, err = i.Delete(t.Context(), shop, installer.DeleteOptions{DeleteForeign: true})
	require.NoError(t, err)
	for _, kept := range []string{clusterRoleNamed("admin").String(), "Namespace default"} {
		require.Contains(t, content(c), kept)
	}
}
