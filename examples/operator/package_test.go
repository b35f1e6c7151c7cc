package main

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/author/testrun"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/validate"
	"github.com/packstage/packstage/validate/kubernetes"
	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

// The package that installs the operator is one to take as an example.
func TestPackageHasNoFindings(t *testing.T) {
	t.Parallel()
	source, files := packageloader.FromFolder("package", packageloader.FolderOptions{}), os.DirFS("package")
	checker := kubernetes.New(kubernetes.Options{Builtin: builtin.Catalog(), Files: files})
	found, err := packageloader.Validate(t.Context(), source, packageloader.Options{Rules: []validate.Rule{checker}})
	require.NoError(t, err)
	require.Empty(t, found)

	linted, err := lint.Run(t.Context(), source, lint.Options{Author: files})
	require.NoError(t, err)
	require.Empty(t, linted.Findings)

	tested, err := testrun.Run(t.Context(), source, testrun.Options{Author: files, RequireCases: true, Coverage: true})
	require.NoError(t, err)
	require.Empty(t, tested.Findings)
	require.Empty(t, tested.Coverage.Findings())
	for _, suite := range tested.Suites {
		for _, c := range suite.Cases {
			require.Empty(t, c.Findings, c.Name)
		}
	}
}

// The definition has the fields of the types, and no others.
func TestDefinitionHasTheFieldsOfTheTypes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("package/crds/packages.yaml")
	require.NoError(t, err)
	definition := object(t, string(text))
	versions, _, err := unstructured.NestedSlice(definition.Object, "spec", "versions")
	require.NoError(t, err)
	defined := versions[0].(map[string]any)
	require.Equal(t, packageKind.Version, defined["name"])
	for field, of := range map[string]reflect.Type{
		"spec": reflect.TypeFor[Package]().Field(0).Type, "status": reflect.TypeFor[Package]().Field(1).Type,
	} {
		properties, found, err := unstructured.NestedMap(defined, "schema", "openAPIV3Schema", "properties", field, "properties")
		require.NoError(t, err)
		require.True(t, found)
		require.Len(t, properties, of.NumField())
		for i := range of.NumField() {
			json, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			require.Contains(t, properties, json)
		}
	}
}
