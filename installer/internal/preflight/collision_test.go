package preflight_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/manifest"
)

// there is a ConfigMap in the cluster with more metadata.
func there(metadata string) string {
	return "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop, " + metadata + "}, data: {key: theirs}}"
}

// wanted is the ConfigMap of the package with a collision protection.
func wanted(protection string) string {
	return "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, annotations: {package-operator.run/collision-protection: " + protection + "}}, data: {key: ours}}"
}

// owners are what others are owned by.
const owners = `
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, uid: a}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: objectsets.package-operator.run}
spec:
  group: package-operator.run
  scope: Namespaced
  names: {kind: ObjectSet, plural: objectsets}
  versions: [{name: v1alpha1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
---
{apiVersion: package-operator.run/v1alpha1, kind: ObjectSet, metadata: {name: web, namespace: shop, uid: b}}
---
`

const controller = "ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: a, controller: true}]"

func TestCollisions(t *testing.T) {
	t.Parallel()
	operator := strings.NewReplacer("apps/v1, kind: Deployment", "package-operator.run/v1alpha1, kind: ObjectSet", "uid: a", "uid: b").Replace(controller)
	var rules []rule
	for _, test := range []struct {
		name, metadata, protection string
		adopt                      bool
		code                       string // of the error; none where it is taken over
		says                       string
	}{
		{"unowned, default", "", "", false, "collision-foreign", "it was written by kubectl-create"},
		{"unowned, Prevent", "", "Prevent", false, "collision-foreign", "--adopt"},
		{"unowned, IfNoController", "", "IfNoController", false, "", "kubectl-create"},
		{"unowned, None", "", "None", false, "", ""},
		{"unowned, adopted", "", "Prevent", true, "", ""},
		{"controlled, default", controller, "", false, "collision-foreign", "controlled by Deployment web"},
		{"controlled, IfNoController", controller, "IfNoController", false, "collision-foreign", "controlled by Deployment web"},
		{"controlled, adopted", controller, "Prevent", true, "collision-foreign", "controlled by Deployment web"},
		{"controlled, None", controller, "None", false, "", "taken over from Deployment web"},
		{"owned, not controlled", strings.Replace(controller, "controller: true", "controller: false", 1), "IfNoController", false, "", ""},
		{"another release", "labels: {packstage.dev/release: payments, packstage.dev/release-namespace: shop}", "", false, "collision-release", "shop/payments"},
		{"another release, None", "labels: {packstage.dev/release: payments, packstage.dev/release-namespace: shop}", "None", true, "collision-release", "shop/payments"},
		{"a release of the name elsewhere", "labels: {packstage.dev/release: shop, packstage.dev/release-namespace: other}", "None", true, "collision-release", "other/shop"},
		{"half of a release", "labels: {packstage.dev/release: shop}", "", false, "collision-foreign", ""},
		{"Package Operator", operator, "", false, "collision-package-operator", "ObjectSet web"},
		{"Package Operator, None", operator, "None", false, "collision-package-operator", "--adopt"},
		{"Package Operator, adopted", operator, "", true, "", "taken over from Package Operator"},
		{"Package Operator by label", "labels: {package-operator.run/cache: 'True'}", "None", false, "collision-package-operator", "the label"},
		{"only rendered by Package Operator", "labels: {package-operator.run/package: shop, package-operator.run/instance: shop}", "None", false, "", ""},
		{"Helm", "annotations: {meta.helm.sh/release-name: cart, meta.helm.sh/release-namespace: shop}", "", false, "collision-foreign", "release shop/cart of Helm"},
		{"Helm, adopted", "annotations: {meta.helm.sh/release-name: cart, meta.helm.sh/release-namespace: shop}", "", true, "", "taken over from release shop/cart of Helm"},
		{"kapp", "labels: {kapp.k14s.io/app: '1234'}", "", false, "collision-foreign", "app 1234 of kapp"},
		{"Flux", "labels: {kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}", "", false, "collision-foreign", "Kustomization flux-system/apps of Flux"},
		{"Flux for Helm", "labels: {helm.toolkit.fluxcd.io/name: cart, helm.toolkit.fluxcd.io/namespace: shop}", "", false, "collision-foreign", "HelmRelease shop/cart of Flux"},
		{"Argo CD", "annotations: {argocd.argoproj.io/tracking-id: 'cart:/ConfigMap:shop/settings'}", "", false, "collision-foreign", "application cart of Argo CD"},
		{"Argo CD by label", "labels: {argocd.argoproj.io/instance: cart}", "", false, "collision-foreign", "application cart of Argo CD"},
		{"lifecycle manager", "labels: {olm.owner: cart}", "", false, "collision-foreign", "Operator Lifecycle Manager"},
		{"some tool", "labels: {app.kubernetes.io/managed-by: pulumi}", "", false, "collision-foreign", "pulumi"},
		{"text for terminals", `annotations: {meta.helm.sh/release-name: "a\e[31mb"}`, "", false, "collision-foreign", "release a [31mb of Helm"},
	} {
		one := rule{name: test.name, cluster: owners + there(test.metadata), objects: wanted(test.protection), adopt: test.adopt, says: []string{test.says}}
		if test.code != "" {
			one.errors, one.actions = []string{test.code}, []preflight.Action{nothing}
		} else {
			one.actions = []preflight.Action{adopt}
			if strings.Contains(test.says, "taken over from") {
				one.warnings = []string{"object-adopted"}
			} else {
				one.infos = []string{"object-adopted"}
			}
		}
		rules = append(rules, one)
		// The same, where the object shows only in the dry run.
		one.name += ", among many"
		for _, name := range strings.Fields("a b c d e f g h") {
			one.objects += "\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: " + name + "}}"
			one.actions = append(one.actions, create)
		}
		rules = append(rules, one)
		// And where it shows in nothing but its resourceVersion, since no field differs.
		one.name += ", without a conflict"
		one.objects = strings.Replace(one.objects, "data: {key: ours}", "data: {more: ours}", 1)
		rules = append(rules, one)
	}
	runRules(t, rules)
}

func TestOwnObjects(t *testing.T) {
	t.Parallel()
	const object = "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {key: ours}}"
	const held = "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop, finalizers: [a.example.com/b], labels: {packstage.dev/release: shop, packstage.dev/release-namespace: shop}}}"
	reference := cluster.Reference{Version: "v1", Kind: "ConfigMap", Namespace: "shop", Name: "settings"}
	remove := func(t *testing.T, c *clustertest.Cluster) {
		t.Helper()
		require.NoError(t, c.Delete(t.Context(), reference, cluster.DeleteOptions{}))
	}
	runRules(t, []rule{
		{name: "the same", objects: object, prepare: applied(object), actions: []preflight.Action{unchanged}},
		{name: "a change", objects: strings.Replace(object, "ours", "new", 1), prepare: applied(object), actions: []preflight.Action{update}},
		{name: "a field less", objects: "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}", prepare: applied(object), actions: []preflight.Action{update}},
		{
			name: "being deleted", cluster: held, prepare: remove, objects: object,
			actions: []preflight.Action{deferred}, warnings: []string{"object-terminating"}, says: []string{"a.example.com/b holds it up"},
		},
		{
			name: "of others and being deleted", cluster: strings.ReplaceAll(held, "packstage.dev", "example.com"), prepare: remove, objects: object, adopt: true,
			actions: []preflight.Action{nothing}, errors: []string{"object-terminating"},
		},
	})
}

// Adopting takes fields over, whoever owns them; nothing else does without force.
func TestForce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		adopt, force, many bool
		want               []bool // force of each dry run of the object
	}{
		{want: nil}, {force: true, want: nil},
		{adopt: true, want: []bool{true}}, {adopt: true, many: true, want: []bool{false, true}},
	} {
		c := newCluster(t, there(""))
		text := wanted("")
		for _, name := range strings.Fields("a b c d e f g h") {
			if test.many {
				text += "\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: " + name + "}}"
			}
		}
		options := newOptions(c, newInstance(t, manifest.ScopeCluster, text))
		options.Adopt, options.Force = test.adopt, test.force
		check(t, c, options)
		var forced []bool
		for _, call := range c.Calls() {
			if call.Verb == clustertest.VerbApply && call.Reference.Name == "settings" {
				forced = append(forced, call.Force)
				require.Equal(t, "packstage", call.FieldManager)
			}
		}
		require.Equal(t, test.want, forced)
	}
}

func TestFieldConflicts(t *testing.T) {
	t.Parallel()
	const object = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, paused: true, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}}}}"
	c := newCluster(t, "")
	applied(object)(t, c)
	reference := cluster.Reference{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: "shop", Name: "web"}
	set := func(manager, field string, value any) {
		require.NoError(t, c.Edit(t.Context(), manager, reference, func(object *unstructured.Unstructured) {
			require.NoError(t, unstructured.SetNestedField(object.Object, value, "spec", field))
		}))
	}
	set("autoscaler", "replicas", int64(5))
	set("kubectl-edit", "paused", false)
	c.Reset()
	options := newOptions(c, newInstance(t, manifest.ScopeCluster, object))
	result := check(t, c, options)
	require.True(t, result.Blocked)
	require.Len(t, result.Diagnostics, 2, "one for each manager")
	require.Equal(t, diagnostic.FieldConflict, result.Diagnostics[0].Code)
	require.Equal(t, "spec.paused", result.Diagnostics[0].Field)
	require.Contains(t, result.Diagnostics[0].Message, `"kubectl-edit"`)
	require.Equal(t, "spec.replicas", result.Diagnostics[1].Field)
	require.Contains(t, result.Diagnostics[1].Message, `"autoscaler"`)
	require.Len(t, result.Objects[0].Conflicts, 2)

	options.Force = true
	result = check(t, c, options)
	require.Empty(t, result.Diagnostics)
	require.Equal(t, update, result.Objects[0].Action)
}
