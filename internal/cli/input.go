package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// inputFile is a configuration or context file.
type inputFile struct {
	// name in findings: the path, or "stdin".
	name string
	data []byte
}

// readInput reads a file, or the standard input where the path is "-". One that
// is larger than the limit is a finding; not more of it is read than that takes.
func (p *program) readInput(ctx context.Context, path string) (*inputFile, error) {
	limit := packagetypes.DefaultLimits().Config
	input := &inputFile{name: path}
	var reader io.Reader
	if path == "-" {
		input.name, reader = "stdin", p.Stdin
	} else {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() && info.Size() > limit {
			return nil, tooLarge(input.name, info.Size(), limit)
		}
		reader = file
	}
	var err error
	if input.data, err = readAll(ctx, io.LimitReader(reader, limit+1)); err != nil {
		return nil, fmt.Errorf("read %s: %w", input.name, err)
	}
	if size := int64(len(input.data)); size > limit {
		return nil, tooLarge(input.name, size, limit)
	}
	return input, nil
}

// readAll is io.ReadAll for a reader that may wait for a person or another
// program: it returns when the context ends. The read that waits is left behind.
func readAll(ctx context.Context, reader io.Reader) ([]byte, error) {
	type outcome struct {
		data []byte
		err  error
	}
	finished := make(chan outcome, 1)
	go func() {
		data, err := io.ReadAll(reader)
		finished <- outcome{data, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case outcome := <-finished:
		return outcome.data, outcome.err
	}
}

func tooLarge(name string, size, limit int64) error {
	found := packagetypes.LimitDiagnostic(diagnostic.Position{File: name}, "Config", size, limit)
	found.Hint = fmt.Sprintf("at most %s are read as a configuration or context", byteSize(limit))
	return diagnostic.Diagnostics{found}
}
