package clustertest_test

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

const configMap = `
apiVersion: v1
kind: ConfigMap
metadata: {name: a, labels: {app: web}, annotations: {note: ""}}
data: {color: red, size: large}
`

const less = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {color: red}\n"

func applying(n string) []step {
	return []step{
		get("nothing there", configMap, n),
		apply("create", "packstage", configMap, n),
		apply("the same again", "packstage", configMap, n),
		get("as stored", configMap, n),
		apply("less", "packstage", less, n),
		apply("with its UID", "packstage", less, n, withUID("a")),
		apply("with another UID", "packstage", less, n, withUID("missing"), func(o *unstructured.Unstructured, _ subject) {
			o.SetUID("11111111-1111-4111-8111-111111111111")
		}),
		apply("a UID of nothing", "packstage", less, n, withUID("a"), withName("b")),
		apply("a version of nothing", "packstage", less, n, withName("c"), func(o *unstructured.Unstructured, _ subject) { o.SetResourceVersion("1") }),
		apply("an old version", "packstage", less, n, func(o *unstructured.Unstructured, _ subject) { o.SetResourceVersion("1") }),
		apply("no version", "packstage", less, n, func(o *unstructured.Unstructured, _ subject) { o.SetResourceVersion("0") }),
		apply("nothing at all", "packstage", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", n),
		apply("null labels", "packstage", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {a: null}, creationTimestamp: null}\n", n),
	}
}

func ownership(n string) []step {
	set := func(key string, value any) func(*unstructured.Unstructured) {
		return func(o *unstructured.Unstructured) { dataOf(o)[key] = value }
	}
	return []step{
		apply("first", "packstage", configMap, n),
		apply("shared", "other", less, n),
		apply("given up", "packstage", configMap, n, withData(map[string]any{"size": "large"})),
		apply("given up by the last", "other", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", n),
		apply("taken again", "packstage", configMap, n),
		update("edited", "kubectl-edit", configMap, n, set("color", "blue")),
		apply("conflict", "packstage", configMap, n),
		update("more edited", "kubectl-edit", configMap, n, set("size", "small")),
		apply("two conflicts", "packstage", configMap, n),
		apply("conflict with an apply", "other", configMap, n, func(o *unstructured.Unstructured, _ subject) {
			o.SetLabels(map[string]string{"app": "other"})
		}),
		applyWith("forced", cluster.ApplyOptions{FieldManager: "packstage", Force: true}, configMap, n),
		update("a key more", "kubectl-edit", configMap, n, set("extra", "kept")),
		apply("theirs stays", "packstage", configMap, n),
		update("nothing new", "kubectl-edit", configMap, n, func(*unstructured.Unstructured) {}),
		update("finalizer of another", "holder", configMap, n, func(o *unstructured.Unstructured) { o.SetFinalizers([]string{"example.com/hold"}) }),
		apply("finalizer of ours", "packstage", configMap, n, func(o *unstructured.Unstructured, _ subject) { o.SetFinalizers([]string{"example.com/ours"}) }),
		apply("only theirs is left", "packstage", configMap, n),
	}
}

func dryRuns(n string) []step {
	dry := cluster.ApplyOptions{FieldManager: "packstage", DryRun: true}
	return []step{
		applyWith("would create", dry, configMap, n),
		get("did not", configMap, n),
		apply("create", "packstage", configMap, n),
		applyWith("would change", dry, less, n),
		applyWith("would not", dry, configMap, n),
		get("did not", configMap, n),
		applyWith("nothing by this UID", dry, less, n, withName("b"), withUID("a")),
		applyWith("no namespace", dry, less, "compared-missing"),
		remove("would delete", configMap, n, cluster.DeleteOptions{DryRun: true}),
		get("did not", configMap, n),
	}
}

func listing(n string) []step {
	labelled := func(labels map[string]string) change {
		return func(o *unstructured.Unstructured, _ subject) { o.SetLabels(labels) }
	}
	return []step{
		apply("b", "packstage", secret, n, withName("b"), labelled(map[string]string{"app": "web", "tier": "db"})),
		apply("a", "packstage", secret, n, labelled(map[string]string{"app": "web"})),
		apply("c", "packstage", secret, n, withName("c")),
		listed("all", secret, cluster.ListOptions{Namespace: n}),
		listed("labelled", secret, cluster.ListOptions{Namespace: n, LabelSelector: "app=web"}),
		listed("some", secret, cluster.ListOptions{Namespace: n, LabelSelector: "app=web,tier!=db"}),
		listed("in", secret, cluster.ListOptions{Namespace: n, LabelSelector: "app in (web, shop),tier"}),
		listed("one", secret, cluster.ListOptions{Namespace: n, Limit: 1}),
		listed("none", secret, cluster.ListOptions{Namespace: "compared-missing"}),
		listed("unknown", "apiVersion: nobody.example.com/v1\nkind: Nothing\n", cluster.ListOptions{}),
		{"kind", func(ctx context.Context, s subject) (*unstructured.Unstructured, error) {
			kind, err := s.Kind(ctx, parse(deployment, "").GroupVersionKind())
			return &unstructured.Unstructured{Object: map[string]any{"resource": kind.Resource, "namespaced": kind.Namespaced, "verbs": strings.Join(kind.Verbs, " ")}}, err
		}},
	}
}

func updating(n string) []step {
	return []step{
		create("create", configMap, n),
		create("again", configMap, n),
		create("with a version", configMap, n, withName("b"), func(o *unstructured.Unstructured, _ subject) { o.SetResourceVersion("1") }),
		create("with a UID", configMap, n, withName("c"), func(o *unstructured.Unstructured, _ subject) { o.SetUID("11111111-1111-4111-8111-111111111111") }),
		update("change", "updater", configMap, n, func(o *unstructured.Unstructured) { dataOf(o)["color"] = "blue" }),
		update("with an old version", "updater", configMap, n, func(o *unstructured.Unstructured) {
			o.SetResourceVersion("1")
			o.SetLabels(map[string]string{"stale": "yes"})
		}),
		update("without a version", "updater", configMap, n, func(o *unstructured.Unstructured) { o.SetResourceVersion("") }),
		update("reset of managers", "updater", configMap, n, func(o *unstructured.Unstructured) {
			o.Object["metadata"].(map[string]any)["managedFields"] = []any{map[string]any{}}
		}),
		apply("applied then", "packstage", configMap, n),
	}
}

func removing(n string) []step {
	hold := func(o *unstructured.Unstructured) { o.SetFinalizers([]string{"example.com/hold"}) }
	return []step{
		remove("nothing there", configMap, n, cluster.DeleteOptions{}),
		apply("create", "packstage", configMap, n),
		remove("by another UID", configMap, n, cluster.DeleteOptions{UID: "11111111-1111-4111-8111-111111111111"}),
		remove("by an old version", configMap, n, cluster.DeleteOptions{ResourceVersion: "1"}),
		update("hold", "holder", configMap, n, hold),
		remove("held", configMap, n, cluster.DeleteOptions{}),
		get("marked", configMap, n),
		remove("again", configMap, n, cluster.DeleteOptions{}),
		apply("applied meanwhile", "packstage", configMap, n),
		apply("a finalizer more", "packstage", configMap, n, func(o *unstructured.Unstructured, _ subject) { o.SetFinalizers([]string{"example.com/more"}) }),
		update("let go", "holder", configMap, n, func(o *unstructured.Unstructured) { o.SetFinalizers(nil) }),
		get("gone", configMap, n),
	}
}

const secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2}\n"

func secrets(n string) []step {
	return []step{
		apply("stringData", "packstage", secret, n),
		apply("again", "packstage", secret, n),
		apply("no longer", "packstage", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n", n),
		create("created", secret, n, withName("b")),
		apply("type", "packstage", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ntype: other\n", n),
		apply("immutable", "packstage", "apiVersion: v1\nkind: Secret\nmetadata: {name: c}\nimmutable: true\ndata: {a: YQ==}\n", n),
		apply("changed data", "packstage", "apiVersion: v1\nkind: Secret\nmetadata: {name: c}\nimmutable: true\ndata: {a: Yg==}\n", n),
		apply("not immutable", "packstage", "apiVersion: v1\nkind: Secret\nmetadata: {name: c}\ndata: {a: YQ==}\n", n),
		apply("labels", "packstage", "apiVersion: v1\nkind: Secret\nmetadata: {name: c, labels: {a: b}}\nimmutable: true\ndata: {a: YQ==}\n", n),
		apply("immutable ConfigMap", "packstage", less+"immutable: true\n", n),
		apply("changed", "packstage", configMap+"immutable: true\n", n),
	}
}

func refusing(n string) []step {
	named := func(name string) change { return withName(name) }
	labelled := func(key, value string) change {
		return func(o *unstructured.Unstructured, _ subject) { o.SetLabels(map[string]string{key: value}) }
	}
	big := func(size int) change { return withData(map[string]any{"a": strings.Repeat("x", size)}) }
	return []step{
		apply("capitals", "packstage", less, n, named("AB")),
		apply("label value", "packstage", less, n, labelled("a", "-")),
		apply("label key", "packstage", less, n, labelled("-", "a")),
		apply("namespace's name", "packstage", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a.b}\n", ""),
		apply("role's name", "packstage", "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: 'A:b'}\nrules: [{apiGroups: [a], resources: [b], verbs: [get]}]\n", n),
		apply("too big", "packstage", less, n, named("big"), big(1<<20+1)),
		apply("managed fields", "packstage", less, n, func(o *unstructured.Unstructured, _ subject) {
			o.Object["metadata"].(map[string]any)["managedFields"] = []any{}
		}),
		apply("long manager", strings.Repeat("x", 129), less, n),
		apply("no namespace", "packstage", less, "compared-missing"),
		causes(apply("no manager", "", less, n)),
		causes(apply("nowhere", "packstage", less, "")),
		causes(get("nowhere", less, "")),
		causes(apply("a namespace too many", "packstage", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", n)),
		causes(get("slash in the name", strings.Replace(less, "name: a", "name: a/b", 1), n)),
		causes(get("no name", strings.Replace(less, "name: a", "labels: {}", 1), n)),
		causes(listed("wrong selector", less, cluster.ListOptions{Namespace: n, LabelSelector: "a=("})),
		causes(listed("a namespace too many", "apiVersion: v1\nkind: Namespace\n", cluster.ListOptions{Namespace: n})),
		remove("default namespace", "apiVersion: v1\nkind: Namespace\nmetadata: {name: default}\n", "", cluster.DeleteOptions{}),
		apply("name of a definition", "packstage", strings.ReplaceAll(definition("Wrong", "wrongs"), "name: wrongs.", "name: other."), ""),
	}
}
