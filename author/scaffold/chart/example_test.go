package chart_test

import (
	"context"
	"fmt"
	"log"

	"github.com/packstage/packstage/author/scaffold/chart"
)

// A renderer of one's own: charts are rendered by whatever can, the helm program
// (chart.Program) above all.
type greeter struct{}

func (greeter) Render(_ context.Context, release chart.Release) ([]chart.Object, error) {
	greeting, ok := release.Values["greeting"]
	if !ok {
		greeting = "Hello"
	}
	return []chart.Object{{Template: "templates/config.yaml", Content: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": release.Name},
		"data":     map[string]any{"greeting": fmt.Sprintf("%v!", greeting)},
	}}}, nil
}

// A value of a chart becomes configuration of a package.
func ExampleImport() {
	read, err := chart.ReadChart(map[string][]byte{
		"Chart.yaml":  []byte("name: greeter\nversion: 1.0.0\n"),
		"values.yaml": []byte("greeting: Hello\n"),
	})
	if err != nil {
		log.Fatal(err)
	}
	made, err := chart.Import(context.Background(), read, greeter{}, chart.Options{Config: []string{"greeting"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", made.Files["configuration/configmap-greeter.yaml.gotmpl"])
	// Output:
	// apiVersion: v1
	// kind: ConfigMap
	// metadata:
	//   name: "{{ .package.metadata.name }}"
	//   namespace: "{{ .package.metadata.namespace }}"
	//   annotations:
	//     package-operator.run/phase: configuration
	// data:
	//   greeting: {{ printf "%v!" .config.greeting | toJson }}
}
