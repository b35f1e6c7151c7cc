package lint_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/packageloader"
)

// Whatever objects, manifests and settings are like, lint ends without a panic, and
// says the same twice.
func FuzzRun(f *testing.F) {
	paths, err := filepath.Glob(filepath.Join("testdata", "rules", "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		manifest := usualManifest
		for _, file := range archive.Files {
			if file.Name == "bad/manifest.yaml" {
				manifest = string(file.Data)
			}
		}
		for _, file := range archive.Files {
			if strings.HasPrefix(file.Name, "bad/") && file.Name != "bad/manifest.yaml" {
				f.Add(manifest, string(file.Data), "rules: {image-tag: off}\nignore: [{codes: [image-tag], paths: [\"*\"]}]\n")
			}
		}
	}
	f.Fuzz(func(t *testing.T, manifest, object, settings string) {
		files := map[string][]byte{
			"manifest.yaml": []byte(manifest), "object.yaml": []byte(object), "other.yaml.gotmpl": []byte(object), lint.File: []byte(settings),
		}
		author := authorFolder(files)
		var texts []string
		for range 2 {
			result, err := lint.Run(t.Context(), packageloader.FromFiles(files), lint.Options{Author: author})
			if err != nil {
				return
			}
			texts = append(texts, text(result.Diagnostics()))
		}
		if texts[0] != texts[1] {
			t.Fatalf("%s\n---\n%s", texts[0], texts[1])
		}
		if _, err := lint.FindFixes(t.Context(), packageloader.FromFiles(files), lint.Options{Author: author}); err != nil {
			t.Fatal(err)
		}
	})
}

// authorFolder is a folder with files.
func authorFolder(files map[string][]byte) fstest.MapFS {
	folder := fstest.MapFS{}
	for name, data := range files {
		folder[name] = &fstest.MapFile{Data: data}
	}
	return folder
}
