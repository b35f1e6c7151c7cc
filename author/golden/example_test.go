package golden_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/packstage/packstage/author/golden"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// Show what a change of a package does to the golden file of a case.
func Example() {
	ctx := context.Background()
	pkg, err := packageloader.Load(ctx, packageloader.FromFiles(map[string][]byte{
		"manifest.yaml": []byte(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: demo}
spec:
  scopes: [Namespaced]
  phases: [{name: deploy}]
`),
		"settings.yaml": []byte(`apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  annotations: {package-operator.run/phase: deploy}
data: {level: debug}
`),
	}), packageloader.LoadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	renderer, err := packageloader.Compile(pkg, packageloader.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	author := fstest.MapFS{".test-fixtures/default/settings.yaml": {Data: []byte(`apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  annotations: {package-operator.run/phase: deploy}
data: {level: info}
`)}}
	files, err := golden.Read(author, ".test-fixtures/default", packagetypes.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	rendered, err := renderer.RenderFiles(ctx, packagetypes.Context{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, difference := range golden.Compare(files, rendered) {
		fmt.Print(difference.Unified())
	}
	// Output:
	// --- golden/settings.yaml
	// +++ rendered/settings.yaml
	// @@ -3,4 +3,4 @@
	//  metadata:
	//    name: settings
	//    annotations: {package-operator.run/phase: deploy}
	// -data: {level: info}
	// +data: {level: debug}
}
