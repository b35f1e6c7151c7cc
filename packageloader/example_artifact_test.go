package packageloader_test

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/packstage/packstage/packageloader"
)

// Read what another tool keeps in a registry as plain files. This is an image in
// memory; [packageloader.OpenArtifact] takes a reference.
func ExampleOpenArtifactFrom() {
	image, err := crane.Image(map[string][]byte{"etc/motd": []byte("hello\n")})
	if err != nil {
		fmt.Println(err)
		return
	}
	artifact, err := packageloader.OpenArtifactFrom(context.Background(), packageloader.FromImage(image), packageloader.ArtifactOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	content, err := fs.ReadFile(artifact.FS(), "etc/motd")
	fmt.Printf("%s: %s %v\n", artifact.Kind, content[:5], err)
	// Output: image: hello <nil>
}
