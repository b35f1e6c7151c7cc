package graph_test

import (
	"fmt"

	"github.com/packstage/packstage/author/graph"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

func ExampleGraph_Mermaid() {
	object := func(content map[string]any) packagetypes.Object {
		return packagetypes.NewObject(content, diagnostic.Position{}, nil, "")
	}
	// An instance is what a Renderer renders; this one is made by hand.
	instance := &packagetypes.Instance{Name: "web", Phases: []packagetypes.Phase{
		{Name: "config", Objects: []packagetypes.Object{object(map[string]any{
			"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": "web"},
		})}},
		{Name: "deploy", Objects: []packagetypes.Object{object(map[string]any{
			"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "web"},
			"spec": map[string]any{"serviceAccountName": "web"},
		})}},
	}}
	fmt.Printf("%s", graph.New(instance).Mermaid())
	// Output:
	// flowchart LR
	//   subgraph p0["1 config"]
	//     n0["ServiceAccount<br>web"]
	//   end
	//   subgraph p1["2 deploy"]
	//     n1["Pod<br>web"]
	//   end
	//   p0 ==> p1
	//   n1 -. "runs as" .-> n0
}
