package export_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/packstage/packstage/author/export"
)

// One folder for each phase, for whoever applies them.
func ExampleFolders() {
	files, err := export.Folders(shop())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, path := range slices.Sorted(maps.Keys(files.Contents))[:3] {
		fmt.Println(path)
	}
	// Output:
	// 01-crds/001-customresourcedefinition-shops.shops.example.com.yaml
	// 02-deploy/001-secret-login.yaml
	// 02-deploy/002-deployment-web.yaml
}
