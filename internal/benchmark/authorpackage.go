package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/packageloader"
)

// authorPackage is a set in a folder as its author has it: with test cases in the
// manifest and their golden files, and one case more whose values are in a file of
// their own.
type authorPackage struct {
	set    packageset.Set
	folder string
}

// writeAuthorPackage writes a set with so many cases into a folder.
func writeAuthorPackage(ctx context.Context, set packageset.Set, cases int, folder string) (authorPackage, error) {
	a := authorPackage{set: set, folder: folder}
	if err := writeFiles(folder, set.Files); err != nil {
		return a, err
	}
	own, _, _ := strings.Cut(string(set.Files["manifest.yaml"]), "\ntest:\n")
	manifest := strings.Builder{}
	fmt.Fprintf(&manifest, "%s\ntest:\n  template:\n", strings.TrimRight(own, "\n"))
	for i := range cases {
		text, err := a.context(i)
		if err != nil {
			return a, err
		}
		fmt.Fprintf(&manifest, "  - name: case-%04d\n    context: %s\n", i, text)
	}
	if err := writeFiles(folder, map[string][]byte{"manifest.yaml": []byte(manifest.String())}); err != nil {
		return a, err
	}
	return a, errors.Join(a.saveValues(0), a.writeGolden(ctx))
}

// context is that of a case, as a line of YAML.
func (a authorPackage) context(variant int) ([]byte, error) {
	return json.Marshal(map[string]any{
		"package": map[string]any{"metadata": map[string]any{"name": a.set.Name, "namespace": "shop"}},
		"config":  a.set.Config(variant),
	})
}

// writeGolden writes the golden files of all cases. The program would do it with
// --update; that every file is on the disk then is nothing that a benchmark needs.
func (a authorPackage) writeGolden(ctx context.Context) error {
	suites, found, err := matrix.Open(ctx, packageloader.FromFolder(a.folder, packageloader.FolderOptions{}), matrix.Options{Author: os.DirFS(a.folder)})
	if err != nil {
		return err
	}
	if found.HasErrors() || len(suites) != 1 {
		return fmt.Errorf("%s has %d suites: %w", a.set.Name, len(suites), found)
	}
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for _, c := range suites[0].Cases {
		if c.Golden == "" {
			continue
		}
		group.Go(func() error {
			rendered, err := suites[0].Renderer.RenderFiles(groupContext, c.Context)
			if err != nil {
				return err
			}
			files := map[string][]byte{}
			for _, file := range rendered {
				files[path.Join(c.Golden, file.Path)] = file.Content
			}
			return writeFiles(a.folder, files)
		})
	}
	return group.Wait()
}

// saveValues saves other values of the case in the test file.
func (a authorPackage) saveValues(variant int) error {
	text, err := a.context(variant)
	if err != nil {
		return err
	}
	return a.save(matrix.File, fmt.Appendf(nil, "cases:\n- name: values\n  context: %s\n", text))
}

// saveFile saves a file of the set: a template with another comment, any other file as
// it is, so that the golden files still hold.
func (a authorPackage) saveFile(name string, number int) error {
	content := a.set.Files[name]
	if strings.HasSuffix(name, ".gotmpl") {
		content = append(fmt.Appendf(nil, "{{/* %d */ -}}\n", number), content...)
	}
	return a.save(name, content)
}

// firstFile is the first file, by path, with objects of one kind; empty where there is
// none.
func (a authorPackage) firstFile(template bool) string {
	for _, name := range slices.Sorted(maps.Keys(a.set.Files)) {
		isObjects := strings.Contains(path.Base(name), ".yaml") && !strings.HasPrefix(name, "manifest.")
		if isObjects && template == strings.HasSuffix(name, ".gotmpl") {
			return name
		}
	}
	return ""
}

// save replaces a file as editors do that write another one and rename it.
func (a authorPackage) save(name string, content []byte) error {
	target := filepath.Join(a.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	temporary := filepath.Join(filepath.Dir(target), ".saved~")
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, target)
}
