package coverage_test

import (
	"context"
	"fmt"
	"os"

	"github.com/packstage/packstage/author/coverage"
	"github.com/packstage/packstage/packageloader"
)

// Rendering the cases of a package and telling what they do not reach.
func Example() {
	ctx := context.Background()
	pkg, err := packageloader.Load(ctx, packageloader.FromFolder("testdata/package", packageloader.FolderOptions{}), packageloader.LoadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	renderer, err := packageloader.Compile(pkg, packageloader.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	recorder := coverage.NewRecorder(renderer)
	for _, test := range pkg.Manifest.Test.Template {
		if _, err := recorder.Render(ctx, test.Name, renderer.TestContext(test.Context)); err != nil {
			fmt.Println(err)
			return
		}
	}
	profile := recorder.Profile()
	if err := profile.WriteTable(os.Stdout); err != nil {
		fmt.Println(err)
	}
	for _, finding := range profile.Check(90) {
		fmt.Println(finding.Message)
	}
	// Output:
	// FILE                    POINTS  REACHED  NOT REACHED
	// _helpers.gotmpl         2/4     50.0 %   line 6-7
	// deployment.yaml.gotmpl  18/24   75.0 %   line 1-2, 24, 26, 36-37
	// manifest.yaml           2/4     50.0 %   line 34, 37
	// route.yaml              1/2     50.0 %   line 7
	// tls.yaml.gotmpl         7/10    70.0 %   line 8, 11-12
	// total                   30/44   68.1 %
	// 68.1 %, actions 17/21, branches 8/13, definitions 1/2, outcomes of conditions 4/8, files 3/3, properties 7/8, properties varied 4/8
	// properties not reached: config.forgotten
	// properties never set to anything but the default: config.extra, config.mode, config.tls.issuer
	// the cases reach 68.1 % of the package's points, 30/44; at least 90 % are asked for
}
