package matrix

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// GoldenFolder is where the golden files of cases in [File] are, each in a folder of
// its name.
const GoldenFolder = ".packstage/golden"

// FixturesFolder is where the golden files of cases in the manifest are: section 12
// of the format.
const FixturesFolder = ".test-fixtures"

// MaxCases is how many cases a package or component may have where it has a test file,
// those of the matrix included.
const MaxCases = 10_000

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
	// Opening a pipe would wait for somebody who writes.
	info, err := fs.Stat(author, File)
	if errors.Is(err, fs.ErrNotExist) {
		return content, false, nil, nil
	}
	if err != nil {
		return nil, false, nil, fmt.Errorf("read the test cases: %w", err)
	}
	if !info.Mode().IsRegular() {
		return content, true, diagnostic.Diagnostics{{
			Code: diagnostic.TestFileInvalid, Position: diagnostic.Position{File: name}, Component: pkg.Component,
			Message: "is no regular file",
		}}, nil
	}
	opened, err := author.Open(File)
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
	if count := c.content.count(len(c.pkg.Manifest.Test.Template)); count > MaxCases {
		c.fault(fmt.Sprintf("there are %d cases with those of all environments; at most %d are run", count, MaxCases),
			"name the environments that matter in the cases", "cases")
		return
	}
	environments, environmentNames := takenNames{}, []string{}
	for i, environment := range c.content.Environments {
		c.name(environment.Name, environments, "environments", i, "name")
		environmentNames = append(environmentNames, environment.Name)
	}
	c.assertions(c.content.Assert, "assert")
	names := takenNames{}
	for _, test := range c.pkg.Manifest.Test.Template {
		names.take(test.Name)
	}
	c.namesOfTheMatrix(environmentNames, names)
	for i := range c.content.Cases {
		test := &c.content.Cases[i]
		test.position = c.file.Position("cases", i)
		c.name(test.Name, names, "cases", i, "name")
		if scopes := c.pkg.Manifest.Spec.Scopes; test.Scope != "" && !slices.Contains(scopes, test.Scope) {
			c.fault(fmt.Sprintf("the package does not support the scope %q", test.Scope), "", "cases", i, "scope")
		}
		c.environments(test, environmentNames, i)
		c.assertions(test.Assert, "cases", i, "assert")
		c.expectedError(test, i)
	}
}

// namesOfTheMatrix looks for cases of the manifest that are called like another one in
// an environment.
func (c *fileChecker) namesOfTheMatrix(environments []string, names takenNames) {
	for _, test := range c.pkg.Manifest.Test.Template {
		i := strings.LastIndexByte(test.Name, '/')
		if i < 0 || names[strings.ToLower(test.Name[:i])] != test.Name[:i] {
			continue
		}
		if k := slices.Index(environments, test.Name[i+1:]); k >= 0 {
			c.fault(fmt.Sprintf("the manifest has a case %q, as %q in this environment would be called", test.Name, test.Name[:i]), "", "environments", k, "name")
		}
	}
}

// count is the number of cases that the file and a number of cases in the manifest
// make.
func (f *testFile) count(inManifest int) int {
	count := inManifest * (1 + len(f.Environments))
	for _, test := range f.Cases {
		count++
		if test.Environments == nil {
			count += len(f.Environments)
		} else {
			count += len(*test.Environments)
		}
	}
	return count
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

// takenNames are names by what a file system without case makes of them.
type takenNames map[string]string

func (n takenNames) take(name string) { n[strings.ToLower(name)] = name }

// name checks a name and takes it: it is part of names of cases and of paths.
func (c *fileChecker) name(name string, others takenNames, at ...any) {
	other, taken := others[strings.ToLower(name)]
	switch {
	case name == "":
		c.fault("name is missing", "it tells entries apart, and is part of paths", at...)
	case !isFolderName(name):
		c.fault(fmt.Sprintf("%q cannot be a name", name), "it is part of paths: one element that is allowed on every system, without a dot at its beginning", at...)
	case taken && other == name:
		c.fault(fmt.Sprintf("there is another %q", name), "names are unique, those of the manifest's test cases included", at...)
	case taken:
		c.fault(fmt.Sprintf("differs only in case from %q", other), "on file systems that ignore case they would share a folder", at...)
	}
	others.take(name)
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
