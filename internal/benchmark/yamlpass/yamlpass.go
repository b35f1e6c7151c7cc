// Package yamlpass is the yardstick of the benchmarks: one pass of
// sigs.k8s.io/yaml over everything that a package renders to. It takes what a
// loader can hardly do without, in the way that most programs do it, so that
// times of different machines can be compared as multiples of it.
package yamlpass

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
	"github.com/packstage/packstage/validate"
)

const (
	templateSuffix = ".gotmpl"
	lockPath       = "manifest.lock.yaml"
)

// Documents returns each document that rendering the set with a configuration
// reads: those of static files and those of the templates' output. Splitting is
// not part of the pass, because the library reads one document only.
func Documents(ctx context.Context, set packageset.Set, config map[string]any) ([][]byte, error) {
	files, err := packagetypes.NewFiles(set.Files, packagetypes.Limits{})
	if err != nil {
		return nil, err
	}
	sources := map[string][]byte{}
	for _, path := range files.Paths() {
		if strings.HasSuffix(path, templateSuffix) {
			sources[path], _ = files.Read(path)
		}
	}
	templates, found := template.Compile(sources, template.Options{Files: files})
	if err := found.Err(); err != nil {
		return nil, err
	}
	data, err := templateData(set, config)
	if err != nil {
		return nil, err
	}
	var documents [][]byte
	for _, path := range files.Paths() {
		if strings.HasPrefix(path, "manifest.") || strings.HasPrefix(path, "_") {
			continue
		}
		content, _ := files.Read(path)
		if strings.HasSuffix(path, templateSuffix) {
			if content, err = templates.Execute(ctx, path, data, nil); err != nil {
				return nil, err
			}
		}
		for _, document := range yamldoc.Split(content) {
			if !document.Empty() {
				documents = append(documents, document.Data)
			}
		}
	}
	if len(documents) != set.Objects {
		return nil, fmt.Errorf("set %s renders to %d documents instead of %d", set.Name, len(documents), set.Objects)
	}
	return documents, nil
}

// templateData is what the templates of a set see. The configurations of the
// sets are complete, so nothing is defaulted.
func templateData(set packageset.Set, config map[string]any) (map[string]any, error) {
	images := map[string]any{}
	if content, ok := set.Files[lockPath]; ok {
		lock, found := manifest.DecodeLock(lockPath, content)
		if err := found.Err(); err != nil {
			return nil, err
		}
		locked, _ := validate.LockedImages(lock)
		for name, image := range locked {
			images[name] = image
		}
	}
	return map[string]any{
		"config": config,
		"images": images,
		"package": map[string]any{
			"metadata": map[string]any{"name": set.Name, "namespace": "default"},
		},
	}, nil
}

// Run decodes each document into an object, one after the other.
func Run(documents [][]byte) error {
	for _, document := range documents {
		var object unstructured.Unstructured
		if err := yaml.Unmarshal(document, &object); err != nil {
			return err
		}
	}
	return nil
}
