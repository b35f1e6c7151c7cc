package scaffold_test

import (
	"context"
	"fmt"

	"github.com/packstage/packstage/author/scaffold"
)

// Objects become a package, and the result says what was decided.
func ExampleMake() {
	made, err := scaffold.Make(context.Background(), scaffold.Input{
		Name: "shop",
		Objects: []scaffold.InputObject{{Content: map[string]any{
			"apiVersion": "apps/v1", "kind": "ReplicaSet",
			"metadata": map[string]any{"name": "web", "namespace": "shop"},
			"spec":     map[string]any{"replicas": int64(2)},
		}}},
	}, scaffold.Options{Parameters: []scaffold.Parameter{scaffold.ParameterReplicas}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(made.Files["workloads/replicaset-web.yaml.gotmpl"]))
	for _, decision := range made.Decisions {
		fmt.Println(decision.Topic, "-", decision.Message)
	}
	// Output:
	// apiVersion: apps/v1
	// kind: ReplicaSet
	// metadata:
	//   name: web
	//   namespace: "{{ .package.metadata.namespace }}"
	//   annotations:
	//     package-operator.run/phase: workloads
	// spec:
	//   replicas: {{ .config.replicas }}
	// scope - Namespaced
	// config - reads the property replicas, default 2
	// phase - workloads: 1 ReplicaSet
	// probe - ReplicaSet: all pods are ready
}
