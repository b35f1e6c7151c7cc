package packageloader_test

import (
	"context"
	"errors"
	"fmt"
	"testing/fstest"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// Read the files of a package from any file system, an embed.FS for instance.
func ExampleFromFS() {
	fsys := fstest.MapFS{
		"manifest.yaml":         {Data: []byte("kind: PackageManifest\n")},
		"deploy/service.yaml":   {Data: []byte("kind: Service\n")},
		".test-fixtures/a.yaml": {Data: []byte("left out\n")},
	}
	content, err := packageloader.FromFS(fsys).Open(context.Background(), packagetypes.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(content.Files.Paths())
	// Output: [deploy/service.yaml manifest.yaml]
}

// A limit that is exceeded is an error that names the limit, what was found and
// what is allowed.
func ExampleFromFiles() {
	source := packageloader.FromFiles(map[string][]byte{"manifest.yaml": make([]byte, 2000)})
	_, err := source.Open(context.Background(), packagetypes.Limits{File: 1000})
	fmt.Println(errors.Is(err, diagnostic.LimitExceeded))
	var limit *packagetypes.LimitError
	if errors.As(err, &limit) {
		fmt.Println(limit.Limit, limit.Value, limit.Max)
	}
	// Output:
	// true
	// File 2000 1000
}
