package testrun_test

import (
	"context"
	"fmt"
	"os"

	"github.com/packstage/packstage/author/testrun"
	"github.com/packstage/packstage/packageloader"
)

// Run the tests of a package and print what failed.
func Example() {
	const folder = "../../examples/packages/webapp"
	report, err := testrun.Run(context.Background(), packageloader.FromFolder(folder, packageloader.FolderOptions{}),
		testrun.Options{Author: os.DirFS(folder)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, suite := range report.Suites {
		for _, c := range suite.Cases {
			if c.Failed() {
				fmt.Println(suite.Package, c.Name, c.Findings)
			}
			for _, difference := range c.Differences {
				fmt.Print(difference.Unified())
			}
		}
	}
	totals := report.Totals()
	fmt.Printf("%d cases, %d failed, %d golden files\n", totals.Cases, totals.Failed, totals.GoldenFiles)
	// Output: 9 cases, 0 failed, 12 golden files
}
