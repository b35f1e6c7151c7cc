package cli_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/clustertest/apiserver"
)

// clusterKey is where a script keeps its cluster.
type clusterKey struct{}

// giveCluster makes a cluster for a script, with an API server in front of it and
// a kubeconfig at $KUBECONFIG. Objects with the annotation test/never become available
// only by "cluster ready".
func giveCluster(env *testscript.Env) error {
	made := clustertest.New(clustertest.WithReadiness(func(object *unstructured.Unstructured) int {
		if object.GetAnnotations()["test/never"] != "" {
			return clustertest.Never
		}
		return 0
	}))
	server := httptest.NewServer(apiserver.New(made, apiserver.Options{}))
	env.Defer(server.Close)
	env.Values[clusterKey{}] = made
	path := filepath.Join(env.WorkDir, "kubeconfig")
	env.Setenv("KUBECONFIG", path)
	env.Setenv("APISERVER", server.URL)
	env.Setenv("USER", "tester")
	return os.WriteFile(path, apiserver.Kubeconfig(server.URL, ""), 0o600)
}

// changeCluster is what others do to the cluster of a script:
//
//	cluster apply MANAGER FILE
//	cluster delete KIND[.GROUP]/VERSION [NAMESPACE/]NAME
//	cluster ready KIND[.GROUP]/VERSION [NAMESPACE/]NAME
//	cluster has KIND[.GROUP]/VERSION [NAMESPACE/]NAME
//	cluster get KIND[.GROUP]/VERSION [NAMESPACE/]NAME
//
// "has" can be negated; "get" prints the object as YAML.
func changeCluster(ts *testscript.TestScript, negated bool, args []string) {
	if len(args) != 3 || negated && args[0] != "has" {
		ts.Fatalf("usage: cluster apply MANAGER FILE | delete|ready|has|get KIND NAME")
	}
	made := ts.Value(clusterKey{}).(*clustertest.Cluster)
	ctx := context.Background()
	if args[0] == "apply" {
		for _, document := range strings.Split(ts.ReadFile(args[2]), "\n---\n") {
			object := &unstructured.Unstructured{}
			ts.Check(yaml.Unmarshal([]byte(document), &object.Object))
			_, err := made.Apply(ctx, object, cluster.ApplyOptions{FieldManager: args[1], Force: true})
			ts.Check(err)
		}
		return
	}
	reference := parseReference(ts, args[1], args[2])
	switch args[0] {
	case "delete":
		ts.Check(made.Delete(ctx, reference, cluster.DeleteOptions{}))
	case "ready":
		ts.Check(made.Release(reference))
	case "has", "get":
		object, err := made.Get(ctx, reference)
		if apierrors.IsNotFound(err) != negated {
			ts.Fatalf("%s: error %v", reference, err)
		}
		if args[0] == "get" {
			text, err := yaml.Marshal(object.Object)
			ts.Check(err)
			_, err = ts.Stdout().Write(text)
			ts.Check(err)
		}
	default:
		ts.Fatalf("unknown: cluster %s", args[0])
	}
}

// parseReference reads "Deployment.apps/v1" and "shop/web".
func parseReference(ts *testscript.TestScript, kind, name string) cluster.Reference {
	kind, version, ok := strings.Cut(kind, "/")
	if !ok {
		ts.Fatalf("%s: write KIND/VERSION or KIND.GROUP/VERSION", kind)
	}
	kind, group, _ := strings.Cut(kind, ".")
	namespace, rest, namespaced := strings.Cut(name, "/")
	if !namespaced {
		namespace, rest = "", name
	}
	return cluster.NewReference(schema.GroupVersionKind{Group: group, Version: version, Kind: kind}, namespace, rest)
}

// withoutTimes copies a file without what is different in each run: dates, and the
// seconds in which something happened. "steady FROM TO".
func withoutTimes(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: steady FROM TO")
	}
	words := strings.SplitAfter(ts.ReadFile(args[0]), " ")
	for i, word := range words {
		if text := strings.TrimSpace(word); isTime(text) {
			words[i] = strings.Replace(word, text, "(time)", 1)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Join(words, "")), 0o600))
}

func isTime(word string) bool {
	word = strings.Trim(word, `",()`)
	const date = "2006-01-02T"
	if len(word) > len(date) && word[4] == '-' && word[10] == 'T' {
		return true
	}
	number, isSeconds := strings.CutSuffix(word, "s")
	return isSeconds && number != "" && !slices.ContainsFunc([]rune(number), func(r rune) bool { return r < '0' || r > '9' })
}
