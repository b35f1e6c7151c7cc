package matrix_test

import (
	"context"
	"fmt"

	"github.com/packstage/packstage/author/matrix"
)

// Render a package with all that its author thought of.
func Example() {
	source, author := folder(map[string]string{
		"manifest.yaml": webManifest + webTests, "web.yaml.gotmpl": webTemplate,
		".packstage/test.yaml": "environments: [{name: new, environment: {kubernetes: {version: v1.36.0}}}]\n",
	})
	suites, found, err := matrix.Open(context.Background(), source, matrix.Options{Author: author})
	if err != nil || found.HasErrors() {
		fmt.Println(err, found)
		return
	}
	for _, suite := range suites {
		rendered, _, _ := suite.RenderAll(context.Background())
		for _, one := range rendered {
			fmt.Println(one.Case.Name, len(one.Instance.Phases))
		}
	}
	// Output:
	// plain 1
	// plain/new 1
}
