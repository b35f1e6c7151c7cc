package cli_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
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

// Dates and spans of time, as the program prints them. What leads a line is as wide as
// the seconds need.
var (
	dates = regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	leads = regexp.MustCompile(`(?m)^ *\d+s  `)
	spans = regexp.MustCompile(`\b(\d+h\d\dm|(\d+m)?\d+s)\b`)
)

// withoutTimes copies a file with the same times in each run: "steady FROM TO".
func withoutTimes(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: steady FROM TO")
	}
	text := dates.ReplaceAllString(ts.ReadFile(args[0]), "2030-01-01T00:00:00Z")
	text = leads.ReplaceAllString(text, "   0s  ")
	text = spans.ReplaceAllString(text, "0s")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}
