package packagebuilder_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
)

// Build an image from files. Its digest depends on them alone.
func ExampleImage() {
	files, err := packagetypes.NewFiles(map[string][]byte{
		"manifest.yaml":   []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\n"),
		"deployment.yaml": []byte("apiVersion: apps/v1\nkind: Deployment\n"),
	}, packagetypes.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	image, err := packagebuilder.Image(context.Background(), files, packagebuilder.ImageOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(image.Digest())
	// Output: sha256:95d25ebd755b21c06807d04f674624897b28cb579dfb4106b7cba2ed52a70d9a <nil>
}

// Write an image to a tar that Docker and OCI tools read, and read it again.
func ExampleWriteTar() {
	ctx := context.Background()
	files, err := packagetypes.NewFiles(map[string][]byte{"manifest.yaml": []byte("kind: PackageManifest\n")}, packagetypes.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	image, err := packagebuilder.Image(ctx, files, packagebuilder.ImageOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	folder, err := os.MkdirTemp("", "package")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "package.tar")
	if err := packagebuilder.WriteTar(ctx, image, path, "example.com/my/package:v1"); err != nil {
		fmt.Println(err)
		return
	}
	content, err := packageloader.FromTar(path, "").Open(ctx, packagetypes.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(content.Reference, content.Files.Paths())
	// Output: example.com/my/package:v1 [manifest.yaml]
}

// Push an image under two tags.
func ExamplePush() {
	server := httptest.NewServer(registryserver.New(registryserver.Options{}))
	defer server.Close()
	repository := strings.TrimPrefix(server.URL, "http://") + "/my/package"

	ctx := context.Background()
	files, err := packagetypes.NewFiles(map[string][]byte{"manifest.yaml": []byte("kind: PackageManifest\n")}, packagetypes.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	image, err := packagebuilder.Image(ctx, files, packagebuilder.ImageOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	options := registry.Options{Keychain: authn.NewMultiKeychain()}
	if _, err := packagebuilder.Push(ctx, image, []string{repository + ":v1.2.0", repository + ":v1.2"}, options); err != nil {
		fmt.Println(err)
		return
	}
	content, err := packageloader.FromRegistry(repository+":v1.2", options).Open(ctx, packagetypes.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(content.Files.Paths())
	// Output: [manifest.yaml]
}
