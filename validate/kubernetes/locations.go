package kubernetes

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// location is an entry of test.kubeconform.schemaLocations: a folder of schemas, or
// a pattern for the paths of JSON Schemas.
type location struct {
	folder  *Schemas
	pattern string
	files   *jsonSchemas
}

const locationsField = "test.kubeconform.schemaLocations"

// locations reads the schema locations of a package, in order.
func (c *Checker) locations(pkg *packagetypes.Package) ([]location, diagnostic.Diagnostics) {
	settings := pkg.Manifest.Test.Kubeconform
	if settings == nil {
		return nil, nil
	}
	files := c.filesOf(pkg)
	var all []location
	var found diagnostic.Diagnostics
	refuse := func(i int, severity diagnostic.Severity, message, hint string) {
		found = append(found, diagnostic.Diagnostic{
			Code: diagnostic.ObjectSchemaUnusable, Severity: severity,
			Field: fmt.Sprintf("%s[%d]", locationsField, i), Message: message, Hint: hint,
		})
	}
	for i, text := range settings.SchemaLocations {
		text = strings.TrimSuffix(strings.TrimPrefix(text, "file://"), "/")
		cleaned := path.Clean(text)
		switch {
		case text == "default":
		case strings.Contains(text, "://"):
			refuse(i, diagnostic.Info, "is a URL, and nothing is fetched", "keep the schemas in a folder and name it here or with --schema")
		case path.IsAbs(text) || !fs.ValidPath(cleaned):
			refuse(i, diagnostic.Warning, "lies outside of the package's folder", "name the folder with --schema")
		case strings.Contains(text, "{{"):
			if unknown := unknownVariables(text); len(unknown) > 0 {
				refuse(i, diagnostic.Warning, fmt.Sprintf("uses %s, which is no variable of a location", strings.Join(unknown, " and ")),
					"there are "+strings.Join(variableNames, ", "))
				continue
			}
			all = append(all, location{pattern: cleaned, files: newJSONSchemas(files, "", c.limits.File)})
		default:
			schemas, faults, err := ReadSchemas(context.Background(), files, cleaned, cleaned, c.limits)
			if err != nil {
				refuse(i, diagnostic.Warning, "cannot be read: "+err.Error(), "paths are relative to the package's folder")
				continue
			}
			found = append(found, faults...)
			all = append(all, location{folder: schemas})
		}
	}
	return all, found
}

// filesOf are the files of the package's folder, its dot files among them where
// they are known.
func (c *Checker) filesOf(pkg *packagetypes.Package) fs.FS {
	if c.files == nil {
		return pkg.Files.FS()
	}
	if pkg.Component != "" {
		if sub, err := fs.Sub(c.files, path.Join("components", pkg.Component)); err == nil {
			return sub
		}
	}
	return c.files
}

// check checks an object by the schemas of the location; it reports false where
// there is none for it.
func (l location) check(version string, gvk schema.GroupVersionKind, content map[string]any) ([]fault, bool) {
	if l.folder != nil {
		return l.folder.check(gvk, content)
	}
	for _, strict := range []string{"-strict", ""} {
		file := fill(l.pattern, variables(version, strict, gvk))
		if _, err := fs.Stat(l.files.files, file); err == nil {
			return l.files.check(file, content), true
		}
	}
	return nil, false
}

// variableNames are the variables that kubeconform knows.
var variableNames = []string{
	"Group", "KindSuffix", "NormalizedKubernetesVersion", "ResourceAPIVersion", "ResourceKind", "StrictSuffix",
}

func variables(version, strict string, gvk schema.GroupVersionKind) map[string]string {
	kindSuffix := "-" + strings.ToLower(gvk.Version)
	if gvk.Group != "" {
		first, _, _ := strings.Cut(strings.ToLower(gvk.Group), ".")
		kindSuffix = "-" + first + kindSuffix
	}
	return map[string]string{
		"Group": gvk.Group, "KindSuffix": kindSuffix, "NormalizedKubernetesVersion": "v" + version,
		"ResourceAPIVersion": gvk.Version, "ResourceKind": strings.ToLower(gvk.Kind), "StrictSuffix": strict,
	}
}

var variable = regexp.MustCompile(`\{\{-?\s*\.?(.*?)\s*-?\}\}`)

// fill puts the values of variables into a pattern.
func fill(pattern string, values map[string]string) string {
	return variable.ReplaceAllStringFunc(pattern, func(text string) string {
		return values[variable.FindStringSubmatch(text)[1]]
	})
}

func unknownVariables(pattern string) []string {
	var unknown []string
	known := variables("", "", schema.GroupVersionKind{})
	for _, match := range variable.FindAllStringSubmatch(pattern, -1) {
		if _, ok := known[match[1]]; !ok {
			unknown = append(unknown, match[0])
		}
	}
	return unknown
}
