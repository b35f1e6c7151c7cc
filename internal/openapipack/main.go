// Openapipack fetches the OpenAPI documents of Kubernetes releases and packs what
// the checks of objects need of them into validate/kubernetes/builtin.
//
//	go run ./internal/openapipack [-folder FOLDER]
//
// The documents are in the Go module k8s.io/kubernetes, which the go command
// fetches from the module proxy and verifies by the checksum database.
package main

import (
	"bytes"
	"compress/flate"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/packstage/packstage/internal/atomicfile"
	"github.com/packstage/packstage/internal/openapischema"
)

// releases are the newest patches of their minors that the module proxy served
// when the data was made, oldest first.
var releases = []string{
	"1.28.2", "1.29.6", "1.30.14", "1.31.14", "1.32.13", "1.33.13", "1.34.4", "1.35.4", "1.36.3", "1.37.1",
}

func main() {
	folder := flag.String("folder", filepath.Join("validate", "kubernetes", "builtin"), "folder of the packed files")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *folder, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "openapipack:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to undo
	}
}

func run(ctx context.Context, folder string, progress io.Writer) error {
	var all []openapischema.Release
	for _, version := range releases {
		fmt.Fprintln(progress, "reading Kubernetes", version)
		module, err := download(ctx, version)
		if err != nil {
			return err
		}
		release, err := readRelease(module, version)
		if err != nil {
			return fmt.Errorf("kubernetes %s: %w", version, err)
		}
		all = append(all, release)
	}
	kinds, definitions, err := openapischema.Pack(all)
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name    string
		content []byte
	}{{"kinds.flate", kinds}, {"definitions.flate", definitions}} {
		compressed, err := compress(file.content)
		if err != nil {
			return err
		}
		path := filepath.Join(folder, file.name)
		if err := atomicfile.WriteFile(path, 0o644, func(w io.Writer) error {
			_, err := w.Write(compressed)
			return err
		}); err != nil {
			return err
		}
		fmt.Fprintf(progress, "%s: %d bytes, %d as text\n", path, len(compressed), len(file.content))
	}
	return nil
}

func compress(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
