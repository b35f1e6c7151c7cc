package starter

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/packagetypes"
)

//go:embed all:starters
var starters embed.FS

// placeholder stands in the starters for the name of the package. It is a name itself,
// so that they are packages as they lie there.
const placeholder = "starter-name"

// Starter is a package to start from.
type Starter struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// All returns the starters, the simplest first.
func All() []Starter {
	return []Starter{
		{"minimal", "one Deployment with its configuration"},
		{"webapp", "a web application: service, ingress under a condition, rules over the configuration"},
		{"operator", "an operator: custom resource, permissions, cluster scope"},
	}
}

// UnknownError is a starter that there is not.
type UnknownError struct {
	Name string
}

// Error names the starter.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("there is no template %q to start from", e.Name)
}

// InvalidNameError is a name that a package cannot have.
type InvalidNameError struct {
	Name string
}

// Error says what is allowed.
func (e *InvalidNameError) Error() string {
	return fmt.Sprintf("%q is no name of a package: lower-case letters, digits and dashes, a letter first, at most %d", e.Name, maxName)
}

// maxName leaves room for what starters add to the name in names of their own.
const maxName = 40

// CheckName returns an *InvalidNameError where a name is none for Make.
func CheckName(name string) error {
	if scaffold.PackageName(name) != name || name == "" || len(name) > maxName || name[0] >= '0' && name[0] <= '9' {
		return &InvalidNameError{name}
	}
	return nil
}

// Make returns the starter of a name as a package with a name of its own, with golden
// files and the schema for editors.
//
// Errors are *UnknownError, *InvalidNameError, and that of ctx.
func Make(ctx context.Context, name, starter string) (*scaffold.Result, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	put := func(path, source string) error {
		data, err := starters.ReadFile(source)
		if err != nil {
			return fmt.Errorf("read the starter: %w", err)
		}
		files[path] = bytes.ReplaceAll(data, []byte(placeholder), []byte(name))
		return nil
	}
	root := "starters/" + starter
	if info, err := fs.Stat(starters, root); err != nil || !info.IsDir() || starter == "" || strings.Contains(starter, "/") {
		return nil, &UnknownError{starter}
	}
	err := fs.WalkDir(starters, root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return put(strings.TrimPrefix(path, root+"/"), path)
	})
	if err != nil {
		return nil, err
	}
	if err := put("README.md", "starters/readme.md"); err != nil {
		return nil, err
	}
	return scaffold.Complete(ctx, files, packagetypes.Limits{})
}
