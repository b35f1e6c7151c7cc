package compare_test

import (
	"context"
	"fmt"
	"os"

	"github.com/packstage/packstage/author/compare"
	"github.com/packstage/packstage/packageloader"
)

// A new version whose configuration wants more than the old one breaks it.
func ExampleCompare() {
	version := func(schema string) packageloader.Source {
		return packageloader.FromFiles(map[string][]byte{
			"manifest.yaml": []byte(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: shop}
spec:
  scopes: [Namespaced]
  phases: [{name: deploy}]
  config:
    openAPIV3Schema: ` + schema + "\n"),
		})
	}
	before := version(`{type: object, properties: {replicas: {type: integer, default: 1}}}`)
	after := version(`{type: object, properties: {replicas: {type: integer, default: 1, maximum: 5}}}`)
	report, err := compare.Compare(context.Background(), before, after, compare.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := compare.Human(os.Stdout, report, compare.HumanOptions{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// breaking: 1 breaking change: the next version is a major one
	//
	// breaking   config.replicas: has a maximum now: 5
	//            B: manifest.yaml:8:97  [config-bound-tightened]
}

// The schemas alone can be compared, too.
func ExampleConfigSchemas() {
	before := map[string]any{"type": "object", "properties": map[string]any{
		"size": map[string]any{"type": "string", "enum": []any{"small", "large"}},
	}}
	after := map[string]any{"type": "object", "properties": map[string]any{
		"size": map[string]any{"type": "string", "enum": []any{"small", "medium", "large"}},
		"host": map[string]any{"type": "string"},
	}}
	changes := compare.ConfigSchemas(before, after)
	for _, change := range changes {
		fmt.Println(change.Effect, change.Code, change.Field, change.Message)
	}
	fmt.Println(compare.Verdict(changes))
	// Output:
	// compatible config-property-added config.host is new (string) and may be left out
	// compatible config-enum-grown config.size takes "medium", too
	// compatible minor
}
