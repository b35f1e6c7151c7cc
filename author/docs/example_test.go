package docs_test

import (
	"context"
	"fmt"
	"log"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/packageloader"
)

func ExampleSection() {
	source := packageloader.FromFiles(map[string][]byte{
		"manifest.yaml": []byte(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: page}
spec:
  scopes: [Namespaced]
  phases: [{name: deploy}]
  config:
    openAPIV3Schema:
      type: object
      properties:
        title: {type: string, default: Welcome, maxLength: 80, description: Title of the page.}
`),
		"page.yaml": []byte(`apiVersion: v1
kind: ConfigMap
metadata:
  name: page
  annotations: {package-operator.run/phase: deploy}
`),
	})
	suites, found, err := matrix.Open(context.Background(), source, matrix.Options{})
	if err != nil || found.HasErrors() {
		log.Fatal(err, found)
	}
	document, found, err := docs.New(context.Background(), suites)
	if err != nil || found.HasErrors() {
		log.Fatal(err, found)
	}
	fmt.Printf("%s", docs.Section(document, docs.SectionOptions{}))
	// Output:
	// ## Configuration
	//
	// | Property | Type | Default | Description |
	// |---|---|---|---|
	// | `title` | string | `"Welcome"` | Title of the page. At most 80 characters. |
	//
	// ## Phases
	//
	// They are installed in this order, each when the objects of the one before it are available, and removed in reverse.
	//
	// 1. `deploy`
	//
	// ## Objects
	//
	// | Phase | Kind | Name |
	// |---|---|---|
	// | `deploy` | ConfigMap | `page` |
	//
	// ## Requirements
	//
	// - scope `Namespaced`
}
