package testrun

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/golden"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// compareGolden compares the golden files of a case, or updates them.
func (r *runner) compareGolden(ctx context.Context, j *job, renderer *packageloader.Renderer, instance *packagetypes.Instance, found *diagnostic.Diagnostics) error {
	result := j.result
	if result.Golden == "" || j.suite.Author == nil {
		return nil
	}
	files, err := golden.Read(j.suite.Author, result.Golden, r.options.Compile.Limits, j.folders...)
	if err != nil {
		return addFindings(found, err, "")
	}
	rendered, err := renderer.Shuffled(j.number, manyGoroutines).RenderFiles(ctx, goldenContext(result, instance))
	if err != nil {
		return addFindings(found, err, "rendered for golden files, with one text for all images and without defaults for name and namespace: ")
	}
	result.GoldenFiles = len(rendered)
	result.Differences = golden.Compare(files, rendered)
	if len(result.Differences) == 0 {
		return nil
	}
	// What differs from render to render is nothing to keep.
	if r.options.UpdateFolder != "" && !slices.ContainsFunc(*found, isUnstable) {
		if err := golden.Update(r.folder(j.suite), result.Golden, result.Differences); err != nil {
			return addFindings(found, err, "")
		}
		result.Updated = true
		return nil
	}
	if len(files) == 0 {
		*found = append(*found, diagnostic.Diagnostic{
			Code: diagnostic.GoldenMissing, Position: result.Position,
			Message: fmt.Sprintf("the case has no golden files yet: %s is missing or empty", result.Golden),
			Hint:    fmt.Sprintf("packstage test --update writes %d; look at them before you commit them", len(rendered)),
		})
		return nil
	}
	for _, difference := range result.Differences {
		*found = append(*found, goldenFault(result, difference))
	}
	return nil
}

func isUnstable(d diagnostic.Diagnostic) bool { return d.Code == diagnostic.TestUnstable }

// goldenFolders are the folders of all cases, sorted.
func goldenFolders(suite *matrix.Suite) []string {
	var folders []string
	for _, c := range suite.Cases {
		if c.Golden != "" {
			folders = append(folders, c.Golden)
		}
	}
	slices.Sort(folders)
	return folders
}

// below returns those of sorted folders that lie in one: names of cases may have slashes.
// Of ten thousand cases each looks at no other.
func below(folders []string, folder string) []string {
	first, _ := slices.BinarySearch(folders, folder+"/")
	last, _ := slices.BinarySearch(folders, folder+"0") // what comes after a slash
	return folders[first:last]
}

// goldenContext is the context that golden files are rendered with. Those of the format
// know no defaults for name and namespace; our own are of what was rendered.
func goldenContext(c *Case, instance *packagetypes.Instance) packagetypes.Context {
	rendered := c.Context
	if c.Origin == matrix.FromFile {
		rendered.Package.Metadata.Name, rendered.Package.Metadata.Namespace = instance.Name, instance.Namespace
	}
	return rendered
}

func goldenFault(c *Case, difference golden.Difference) diagnostic.Diagnostic {
	name := path.Join(c.Golden, difference.Path)
	fault := diagnostic.Diagnostic{Position: c.Position}
	switch difference.Kind {
	case golden.Missing:
		fault.Code = diagnostic.GoldenMissing
		fault.Message = fmt.Sprintf("there is no golden file %s for what %s renders", name, difference.Source)
		fault.Hint = "packstage test --update writes it"
	case golden.Superfluous:
		fault.Code = diagnostic.GoldenSuperfluous
		fault.Message = fmt.Sprintf("the golden file %s belongs to nothing: no object is rendered there", name)
		fault.Hint = "packstage test --update removes it"
	default:
		fault.Code = diagnostic.GoldenChanged
		fault.Message = fmt.Sprintf("%s does not render what the golden file %s says (%s)", difference.Source, name, difference.Summary())
		fault.Hint = "where the change is meant, packstage test --update writes it"
	}
	return fault
}

// addFindings adds the findings that an error holds, or returns the error.
func addFindings(found *diagnostic.Diagnostics, err error, why string) error {
	faults, ok := diagnostic.From(err)
	if !ok {
		return err
	}
	for _, d := range faults {
		d.Message = why + d.Message
		*found = append(*found, d)
	}
	return nil
}

// checkGoldenFolders warns about cases that cannot have golden files of their own, and
// about folders of golden files that belong to no case.
func (r *runner) checkGoldenFolders(suite *matrix.Suite) {
	if suite.Author == nil {
		return
	}
	known, folded := map[string]bool{}, map[string]string{}
	for _, c := range suite.Cases {
		if c.Origin == matrix.FromManifest && c.Environment == "" && c.Golden == "" {
			r.warn(suite, diagnostic.GoldenMissing, c.Position,
				fmt.Sprintf("the case has no golden files: %q cannot be the name of a folder", c.Test), "give the case another name")
		}
		if c.Golden == "" {
			continue
		}
		lower := strings.ToLower(c.Golden)
		if other := folded[lower]; other != "" {
			r.warn(suite, diagnostic.FilesCaseCollision, c.Position,
				fmt.Sprintf("the name of the case differs only in case from %q", other), "on file systems that ignore case the golden files of one overwrite those of the other")
		}
		folded[lower] = c.Test
		for folder := c.Golden; folder != "."; folder = path.Dir(folder) {
			known[folder] = true
		}
	}
	parents := []string{matrix.FixturesFolder}
	if !r.isFaulty(suite) {
		parents = append(parents, matrix.GoldenFolder)
	}
	for _, parent := range parents {
		entries, err := fs.ReadDir(suite.Author, parent)
		if err != nil {
			continue // what needs it says so
		}
		for _, entry := range entries {
			name := path.Join(parent, entry.Name())
			if !known[name] && !strings.HasPrefix(entry.Name(), ".") && entry.IsDir() {
				r.warn(suite, diagnostic.GoldenSuperfluous, diagnostic.Position{File: inPackage(suite, name)},
					"the golden files in this folder belong to no test case", "remove the folder, or give a case its name")
			}
		}
	}
}

func (r *runner) warn(suite *matrix.Suite, code diagnostic.Code, at diagnostic.Position, message, hint string) {
	r.report.Findings = append(r.report.Findings, diagnostic.Diagnostic{
		Code: code, Severity: diagnostic.Warning, Component: suite.Package.Component, Position: at, Message: message, Hint: hint,
	})
}

// inPackage is the path of a file of the suite in the whole package.
func inPackage(suite *matrix.Suite, name string) string {
	if suite.Package.Component == "" {
		return name
	}
	return path.Join("components", suite.Package.Component, name)
}
