package matrix

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/settings"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// File is where a package or component has the cases that its manifest has no place
// for, beside its manifest.
const File = ".packstage/test.yaml"

// goldenFolder is where the golden files of cases in [File] are.
const goldenFolder = ".packstage/golden"

// fixturesFolder is where the golden files of cases in the manifest are: section 12
// of the format.
const fixturesFolder = ".test-fixtures"

// testFile is the content of [File].
type testFile struct {
	Environments []testEnvironment `json:"environments"`
	Assert       []Assertion       `json:"assert"`
	Cases        []testCase        `json:"cases"`
}

type testEnvironment struct {
	Name        string               `json:"name"`
	Environment manifest.Environment `json:"environment"`
}

type testCase struct {
	Name         string                   `json:"name"`
	Scope        manifest.Scope           `json:"scope"`
	Context      manifest.TemplateContext `json:"context"`
	Environments *[]string                `json:"environments"`
	Golden       bool                     `json:"golden"`
	Error        *ExpectedError           `json:"error"`
	Assert       []Assertion              `json:"assert"`

	position diagnostic.Position
}

// readFile reads the test file of a package; without one it is empty, and exists is
// false. The name is that of positions.
func readFile(author fs.FS, name string, pkg *packagetypes.Package) (content *testFile, exists bool, found diagnostic.Diagnostics, err error) {
	content = &testFile{}
	if author == nil {
		return content, false, nil, nil
	}
	opened, err := author.Open(File)
	if errors.Is(err, fs.ErrNotExist) {
		return content, false, nil, nil
	}
	if err != nil {
		return nil, false, nil, fmt.Errorf("read the test cases: %w", err)
	}
	defer opened.Close()
	data, err := io.ReadAll(io.LimitReader(opened, settings.MaxBytes+1))
	if err != nil {
		return nil, false, nil, fmt.Errorf("read the test cases: %w", err)
	}
	file, found := settings.Decode(name, data, content, settings.Options{Invalid: diagnostic.TestFileInvalid})
	if !found.HasErrors() {
		checker := fileChecker{file: file, content: content, pkg: pkg}
		checker.check()
		found = checker.found
	}
	for i := range found {
		found[i].Component = pkg.Component
	}
	return content, true, found.Sorted(), nil
}

// fileChecker looks at what the types of a test file do not say, and notes where
// things are written.
type fileChecker struct {
	file    *settings.File
	content *testFile
	pkg     *packagetypes.Package
	found   diagnostic.Diagnostics
}

func (c *fileChecker) fault(message, hint string, at ...any) {
	c.found = append(c.found, c.file.Fault(message, hint, at...))
}

func (c *fileChecker) check() {
	var environments []string
	for i, environment := range c.content.Environments {
		c.name(environment.Name, environments, "environments", i, "name")
		environments = append(environments, environment.Name)
	}
	c.assertions(c.content.Assert, "assert")
	names := []string{}
	for _, test := range c.pkg.Manifest.Test.Template {
		names = append(names, test.Name)
	}
	for i := range c.content.Cases {
		test := &c.content.Cases[i]
		test.position = c.file.Position("cases", i)
		c.name(test.Name, names, "cases", i, "name")
		names = append(names, test.Name)
		if scopes := c.pkg.Manifest.Spec.Scopes; test.Scope != "" && !slices.Contains(scopes, test.Scope) {
			c.fault(fmt.Sprintf("the package does not support the scope %q", test.Scope), "", "cases", i, "scope")
		}
		c.environments(test, environments, i)
		c.assertions(test.Assert, "cases", i, "assert")
		c.expectedError(test, i)
	}
}

func (c *fileChecker) environments(test *testCase, known []string, i int) {
	if test.Environments == nil {
		return
	}
	for k, name := range *test.Environments {
		if !slices.Contains(known, name) {
			c.fault(fmt.Sprintf("there is no environment %q", name), diagnostic.DidYouMean(name, known), "cases", i, "environments", k)
		}
	}
}

func (c *fileChecker) expectedError(test *testCase, i int) {
	switch {
	case test.Error == nil:
	case *test.Error == ExpectedError{}:
		c.fault("says nothing about the error", "give code, contains, or both", "cases", i, "error")
	case len(test.Assert) > 0:
		c.fault("nothing is rendered that assertions could be about", "remove error or assert", "cases", i, "assert")
	case test.Golden:
		c.fault("nothing is rendered that golden files could be compared with", "remove error or golden", "cases", i, "golden")
	}
}

// name checks a name: it is part of names of cases and of paths.
func (c *fileChecker) name(name string, others []string, at ...any) {
	switch {
	case name == "":
		c.fault("name is missing", "it tells entries apart, and is part of paths", at...)
	case !isFolderName(name):
		c.fault(fmt.Sprintf("%q cannot be a name", name), "it is part of paths: one element, without a dot at its beginning", at...)
	case slices.Contains(others, name):
		c.fault(fmt.Sprintf("there is another %q", name), "names are unique, those of the manifest's test cases included", at...)
	}
}

// isFolderName tells whether a name can be that of a folder on every system.
func isFolderName(name string) bool {
	return name != "" && name == path.Base(name) && !strings.HasPrefix(name, ".") && strings.TrimSpace(name) == name &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`\:*?"<>|`, r) })
}

func (c *fileChecker) assertions(assertions []Assertion, at ...any) {
	for i := range assertions {
		here := append(slices.Clone(at), i, "that")
		assertions[i].Position = c.file.Position(here...)
		if strings.TrimSpace(assertions[i].That) == "" {
			c.fault("that is missing", "it is the condition, in CEL", here...)
		}
	}
}
