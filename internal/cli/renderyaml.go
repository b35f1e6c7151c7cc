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
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/packstage/packstage/author/export"
	"github.com/packstage/packstage/internal/objectyaml"
	"github.com/packstage/packstage/packagetypes"
)

// printYAML writes the documents in the order of installation, once all are made.
func printYAML(w io.Writer, instance *packagetypes.Instance) error {
	pieces, err := yamlPieces(instance)
	if err != nil {
		return err
	}
	for _, piece := range pieces {
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// yamlPieces returns the text of the documents in the order of installation, in
// pieces of several, which are made on all processors.
func yamlPieces(instance *packagetypes.Instance) ([][]byte, error) {
	const atOnce = 64
	var documents []yamlDocument
	for phase, object := range instance.Objects() {
		documents = append(documents, yamlDocument{phase, object})
	}
	chunks := slices.Collect(slices.Chunk(documents, atOnce))
	pieces, failures := make([][]byte, len(chunks)), make([]error, len(chunks))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(chunks)) {
		workers.Go(func() {
			var text []byte
			var writer objectyaml.Writer
			for i := int(next.Add(1)) - 1; i < len(chunks); i = int(next.Add(1)) - 1 {
				text, failures[i] = appendDocuments(text[:0], &writer, chunks[i])
				pieces[i] = bytes.Clone(text) // of the right size; the buffer is used again
			}
		})
	}
	workers.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	return pieces, nil
}

// yamlDocument is an object on its way to the output.
type yamlDocument struct {
	phase  *packagetypes.Phase
	object packagetypes.Object
}

// appendDocuments appends documents, each led by a comment that says where it belongs
// and where it comes from.
func appendDocuments(text []byte, writer *objectyaml.Writer, documents []yamlDocument) ([]byte, error) {
	for _, document := range documents {
		source := document.object.Source()
		text = append(text, "---\n# phase: "...)
		text = objectyaml.AppendInComment(text, document.phase.Name)
		text = append(text, ", source: "...)
		text = objectyaml.AppendInComment(text, source.File)
		if source.Line > 0 {
			text = append(text, ':')
			text = strconv.AppendInt(text, int64(source.Line), 10)
		}
		text = append(text, '\n')
		var err error
		if text, err = writer.Append(text, document.object.Content()); err != nil {
			return text, fmt.Errorf("print %s as YAML: %w", objectName(document.object), err)
		}
	}
	return text, nil
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
