package cli

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/packstage/packstage/author/export"
	"github.com/packstage/packstage/internal/objectyaml"
	"github.com/packstage/packstage/packagetypes"
)

// printYAML writes the documents in the order of installation. So many at a time are
// made beside one another: it is a good part of what rendering a package costs.
func printYAML(w io.Writer, instance *packagetypes.Instance) error {
	var documents []yamlDocument
	for phase, object := range instance.Objects() {
		documents = append(documents, yamlDocument{phase: phase, object: object})
	}
	const atOnce = 64
	for window := range slices.Chunk(documents, atOnce) {
		makeDocuments(window)
		for i := range window {
			if window[i].err != nil {
				return window[i].err
			}
			if _, err := w.Write(window[i].text.Bytes()); err != nil {
				return err
			}
			window[i].text = bytes.Buffer{} // the next ones need the memory
		}
	}
	return nil
}

// yamlDocument is an object on its way to the output.
type yamlDocument struct {
	phase  *packagetypes.Phase
	object packagetypes.Object
	text   bytes.Buffer
	err    error
}

// makeDocuments fills in texts and errors, on all processors.
func makeDocuments(documents []yamlDocument) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(documents)) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(documents) {
					return
				}
				d := &documents[i]
				d.text.WriteString("---\n")
				d.err = printDocument(&d.text, d.phase, d.object)
			}
		})
	}
	workers.Wait()
}

// printDocument writes one object, led by a comment that says where it belongs
// and where it comes from.
func printDocument(w io.Writer, phase *packagetypes.Phase, object packagetypes.Object) error {
	content, err := objectyaml.Marshal(object.Content())
	if err != nil {
		return fmt.Errorf("print %s as YAML: %w", objectName(object), err)
	}
	source := object.Source()
	place := source.File
	if source.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, source.Line)
	}
	_, err = fmt.Fprintf(w, "# phase: %s, source: %s\n%s", phase.Name, place, content)
	return err
}

// writeObjects writes one file for each object into a folder for each phase.
func writeObjects(folder string, instance *packagetypes.Instance) error {
	files, err := export.Folders(instance)
	if err != nil {
		return err
	}
	return writeContents(folder, files.Contents)
}

// writeContents writes files below a folder that is there.
func writeContents(folder string, contents map[string][]byte) error {
	for _, path := range slices.Sorted(maps.Keys(contents)) {
		path, content := filepath.Join(folder, filepath.FromSlash(path)), contents[path]
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// objectName names an object for people: "Deployment.apps shop/web".
func objectName(object packagetypes.Object) string {
	kind := object.GroupVersionKind().GroupKind().String()
	name := object.Name()
	if name == "" {
		metadata, _ := object.Content()["metadata"].(map[string]any)
		if generated, ok := metadata["generateName"].(string); ok {
			name = generated + "*"
		}
	}
	if namespace := object.Namespace(); namespace != "" {
		name = namespace + "/" + name
	}
	return printable(kind + " " + name)
}
