package chart

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// ReadArchive reads the files of a packed chart, without the folder around them.
func ReadArchive(reader io.Reader) (map[string][]byte, error) {
	return new(archiveBudget).read(reader)
}

// archiveBudget is what packed charts may hold, those inside of others included: a small
// archive of archives can be a large one.
type archiveBudget struct {
	files int
	bytes int64
}

func (b *archiveBudget) read(reader io.Reader) (map[string][]byte, error) {
	unpacked, err := gzip.NewReader(reader)
	if err != nil {
		return nil, fmt.Errorf("no packed chart: %w", err)
	}
	files := map[string][]byte{}
	archive := tar.NewReader(io.LimitReader(unpacked, maxChartBytes+1))
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read a packed chart: %w", err)
		}
		b.files++
		b.bytes += header.Size
		if header.Size > maxChartFile || b.bytes > maxChartBytes || b.files > maxChartFiles {
			return nil, fmt.Errorf("the packed chart is larger than %d files, %d bytes, or %d bytes a file", maxChartFiles, maxChartBytes, maxChartFile)
		}
		name := path.Clean(header.Name)
		_, inside, ok := strings.Cut(name, "/")
		if header.Typeflag != tar.TypeReg || !ok || !fs.ValidPath(name) {
			continue
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return nil, fmt.Errorf("read %s of a packed chart: %w", inside, err)
		}
		files[inside] = content
	}
}
