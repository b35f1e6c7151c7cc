package manifest_test

import (
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// Read a manifest, and what its author got wrong. A field that nobody knows
// keeps no manifest from being read.
func ExampleDecode() {
	decoded, found := manifest.Decode("manifest.yaml", []byte(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: shop
spec:
  scopes: [Namespaced]
  phases:
  - name: deploy
    klass: hosted-cluster
`))
	for _, finding := range found {
		fmt.Println(finding.Severity, finding.Position.Line, finding.Position.Column, finding.Field, "-", finding.Hint)
	}
	fmt.Println(decoded.Metadata.Name, decoded.Spec.Scopes, decoded.Spec.Phases[0].Name)
	// Output:
	// warning 9 5 spec.phases[0].klass - did you mean "class"?
	// shop [Namespaced] deploy
}

// A value of the wrong type is an error, and all of them come at once.
func ExampleDecode_errors() {
	decoded, found := manifest.Decode("manifest.yaml", []byte(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {labels: []}
spec:
  phases: deploy
`))
	fmt.Println(decoded == nil, found.HasErrors())
	for _, finding := range found {
		fmt.Println(finding.Code == diagnostic.ManifestWrongType, finding.Position, finding.Field)
	}
	// Output:
	// true true
	// true manifest.yaml:3:20 metadata.labels
	// true manifest.yaml:5:11 spec.phases
}

// See what the names in a manifest were resolved to.
func ExampleDecodeLock() {
	lock, found := manifest.DecodeLock("manifest.lock.yaml", []byte(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifestLock
spec:
  images:
  - name: app
    image: registry.example.com/shop:v1
    digest: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
`))
	if err := found.Err(); err != nil {
		fmt.Println(err)
		return
	}
	for _, image := range lock.Spec.Images {
		fmt.Println(image.Name, image.Image, image.Digest[:19])
	}
	// Output: app registry.example.com/shop:v1 sha256:e3b0c44298fc
}
