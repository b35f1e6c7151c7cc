package relocation_test

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
	"github.com/packstage/packstage/packageloader/relocation"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
)

// Carry a package with its images to a place without internet: into a tar, and from
// there into a registry that has nothing.
func ExampleCopy() {
	ctx := context.Background()
	outside := httptest.NewServer(registryserver.New(registryserver.Options{}))
	inside := httptest.NewServer(registryserver.New(registryserver.Options{}))
	defer inside.Close()
	from := strings.TrimPrefix(outside.URL, "http://") + "/team/shop:v1"
	to := strings.TrimPrefix(inside.URL, "http://") + "/mirror/shop"
	client := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()})
	files, err := packagetypes.NewFiles(map[string][]byte{
		"manifest.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\n" +
			"metadata: {name: shop}\nspec: {scopes: [Namespaced], phases: [{name: deploy}]}\n"),
	}, packagetypes.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	image, err := packagebuilder.Image(ctx, files, packagebuilder.ImageOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := client.Push(ctx, image, from); err != nil {
		fmt.Println(err)
		return
	}

	folder, err := os.MkdirTemp("", "carried")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	tar := relocation.InTar(filepath.Join(folder, "shop.tar"), "")
	everything := relocation.Options{Images: true, Referrers: true}
	if _, err := relocation.Copy(ctx, relocation.InRegistry(client, from), tar, everything); err != nil {
		fmt.Println(err)
		return
	}
	outside.Close()
	result, err := relocation.Copy(ctx, tar, relocation.InRegistry(client, to), everything)
	if err != nil {
		fmt.Println(err)
		return
	}
	pkg, err := packageloader.Load(ctx, packageloader.FromClient(client, result.Reference), packageloader.LoadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pkg.Name, pkg.ImageDigest == result.Digest, result.Reference == to+":v1")
	// Output: shop true true
}
