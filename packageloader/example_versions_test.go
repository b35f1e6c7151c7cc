package packageloader_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
)

// ExampleLatestVersion finds the newest version in a range, as a reference by digest
// to load.
func ExampleLatestVersion() {
	server := httptest.NewServer(registryserver.New(registryserver.Options{}))
	defer server.Close()
	repository := strings.TrimPrefix(server.URL, "http://") + "/shop"
	client := registry.NewClient(registry.Options{})
	ctx := context.Background()
	image, _, err := packagebuilder.Build(ctx, packageloader.FromFiles(map[string][]byte{
		"manifest.yaml": []byte(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: shop}
spec:
  scopes: [Namespaced]
  phases: [{name: deploy}]
`),
	}), packagebuilder.BuildOptions{})
	if err != nil {
		panic(err)
	}
	if _, err := client.Push(ctx, image, repository+":v1.2.0", repository+":v1.10.0", repository+":v2.0.0"); err != nil {
		panic(err)
	}

	latest, err := packageloader.LatestVersion(ctx, client, repository, packageloader.VersionsOptions{Range: "^1"})
	if err != nil {
		panic(err)
	}
	pkg, err := packageloader.Load(ctx, packageloader.FromClient(client, latest.Reference), packageloader.LoadOptions{})
	if err != nil {
		panic(err)
	}
	fmt.Println(pkg.Name, latest.Version, pkg.ImageDigest == latest.Digest)

	versions, err := packageloader.Versions(ctx, client, repository, packageloader.VersionsOptions{})
	if err != nil {
		panic(err)
	}
	for _, version := range versions {
		fmt.Println(version.Tag, version.Scopes)
	}
	// Output:
	// shop 1.10.0 true
	// v2.0.0 [Namespaced]
	// v1.10.0 [Namespaced]
	// v1.2.0 [Namespaced]
}
