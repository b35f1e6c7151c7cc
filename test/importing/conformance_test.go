// Package importing makes packages of what real packages render to, and looks whether
// they render to it again.
package importing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/manifests"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// What every case renders to becomes a package again, which renders to the same
// objects, whatever is parametrized.
func TestImportOfEveryCase(t *testing.T) {
	t.Parallel()
	folder := setFolder(t)
	cases, err := filepath.Glob(filepath.Join(folder, "*", "*", "package"))
	require.NoError(t, err)
	require.NotEmpty(t, cases)
	choices := map[string]scaffold.Options{
		"plain":        {},
		"parametrized": {Parameters: scaffold.Parameters(), Images: scaffold.ImagesNone},
		"images":       {Images: scaffold.ImagesAll, Scope: scaffold.ScopeCluster},
	}
	for _, pkg := range cases {
		dir := filepath.Dir(pkg)
		t.Run(filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			stream := rendered(t, dir)
			if len(stream) == 0 {
				return // a case that must be refused, or of no objects
			}
			for name, options := range choices {
				requireSameObjects(t, name, stream, options)
			}
		})
	}
}

// setFolder returns the folder of the set: $PACKSTAGE_CONFORMANCE, or the folder
// shared/conformance beside the repository.
func setFolder(t *testing.T) string {
	t.Helper()
	folder, set := os.LookupEnv("PACKSTAGE_CONFORMANCE")
	if !set {
		folder = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(folder); err != nil {
		if set {
			t.Fatalf("no conformance set: %v", err)
		}
		t.Skip("no conformance set beside the repository")
	}
	return folder
}

// rendered returns what a case renders to as YAML, or nothing.
func rendered(t *testing.T, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "context.yaml"))
	require.NoError(t, err)
	file, found := manifest.DecodeContext("context.yaml", data)
	if found.HasErrors() {
		return nil
	}
	source := packageloader.FromFolder(filepath.Join(dir, "package"), packageloader.FolderOptions{})
	pkg, err := packageloader.Load(t.Context(), source, packageloader.LoadOptions{Component: file.Component})
	if err != nil {
		return nil
	}
	instance, err := packageloader.Render(t.Context(), pkg, packagetypes.Context{
		Scope: file.Scope, Package: file.Package, Config: file.Config, Environment: file.Environment,
	}, packageloader.Options{UnknownConfig: packagetypes.PruneUnknownConfig})
	if err != nil {
		return nil
	}
	var stream bytes.Buffer
	for _, object := range instance.Objects() {
		encoded, err := yaml.Marshal(object.Content())
		require.NoError(t, err)
		stream.WriteString("---\n")
		stream.Write(encoded)
	}
	return stream.Bytes()
}

func requireSameObjects(t *testing.T, name string, stream []byte, options scaffold.Options) {
	t.Helper()
	input, err := manifests.Convert([]manifests.File{{Name: "stdin", Data: stream}}, manifests.Options{})
	require.NoError(t, err, name)
	if len(input.Objects) == 0 {
		return
	}
	wanted := map[string]any{}
	for _, o := range input.Objects {
		wanted[objectKey(o.Content)] = comparable(t, o.Content)
	}
	made, err := scaffold.Make(t.Context(), *input, options)
	require.NoError(t, err, name)
	files := map[string][]byte{}
	for path, content := range made.Files {
		if !strings.HasPrefix(path, ".") {
			files[path] = content
		}
	}
	if len(made.Unlocked) > 0 {
		lockAll(t, files)
	}
	pkg, err := packageloader.Load(t.Context(), packageloader.FromFiles(files), packageloader.LoadOptions{})
	require.NoError(t, err, name)
	context := packagetypes.Context{}
	for _, test := range pkg.Manifest.Test.Template {
		if test.Name == "default" {
			context.Package = test.Context.Package
		}
	}
	instance, err := packageloader.Render(t.Context(), pkg, context, packageloader.Options{})
	require.NoError(t, err, name)
	got := map[string]any{}
	for _, o := range instance.Objects() {
		got[objectKey(o.Content())] = comparable(t, o.DeepCopy())
	}
	if options.Images == scaffold.ImagesAll {
		require.Len(t, got, len(wanted), name)
		return // the images have other names
	}
	for key := range wanted {
		require.True(t, reflect.DeepEqual(wanted[key], got[key]), "%s: %s\nwant %s\ngot  %s", name, key, brief(wanted[key]), brief(got[key]))
	}
	require.Len(t, got, len(wanted), name)
}

// objectKey leaves the namespace out: objects that had none may have one now.
func objectKey(content map[string]any) string {
	metadata, _ := content["metadata"].(map[string]any)
	return fmt.Sprint(content["apiVersion"], content["kind"], metadata["name"], metadata["generateName"])
}

// comparable returns an object without what an import may add.
func comparable(t *testing.T, content map[string]any) any {
	t.Helper()
	encoded, err := json.Marshal(content)
	require.NoError(t, err)
	var plainContent map[string]any
	require.NoError(t, json.Unmarshal(encoded, &plainContent))
	metadata := plainContent["metadata"].(map[string]any)
	delete(metadata, "namespace")
	for _, field := range []string{"labels", "annotations"} {
		entries, _ := metadata[field].(map[string]any)
		for key := range entries {
			if slices.Contains([]string{"package-operator.run/package", "package-operator.run/instance", "package-operator.run/phase"}, key) {
				delete(entries, key)
			}
		}
		if len(entries) == 0 {
			delete(metadata, field)
		}
	}
	return plainContent
}

// lockAll gives all images a lock.
func lockAll(t *testing.T, files map[string][]byte) {
	t.Helper()
	var made manifest.PackageManifest
	require.NoError(t, yaml.Unmarshal(files["manifest.yaml"], &made))
	lock := &manifest.PackageManifestLock{}
	for i, image := range made.Spec.Images {
		lock.Spec.Images = append(lock.Spec.Images, manifest.LockedImage{
			Name: image.Name, Image: image.Image, Digest: fmt.Sprintf("sha256:%064x", i+1),
		})
	}
	encoded, err := manifest.EncodeLock(lock)
	require.NoError(t, err)
	files["manifest.lock.yaml"] = encoded
}

func brief(value any) string {
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(data)
}
