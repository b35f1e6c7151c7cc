package main

import (
	"archive/tar"
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/packstage/packstage/internal/pinnedgzip"
)

// archived are the files beside the program.
var archived = []string{"LICENSE", "README.md", "CHANGELOG.md"}

type archivedFile struct {
	name       string
	content    []byte
	executable bool
}

func (f archivedFile) mode() int64 {
	if f.executable {
		return 0o755
	}
	return 0o644
}

// name of the release in names of files: without the v, as package managers want it.
func (r *release) name() string { return "packstage_" + strings.TrimPrefix(r.version, "v") }

func (r *release) archiveName(platform platform) string {
	extension := ".tar.gz"
	if platform.os == "windows" {
		extension = ".zip"
	}
	return fmt.Sprintf("%s_%s_%s%s", r.name(), platform.os, platform.architecture, extension)
}

// archive writes the archive of a platform.
func (r *release) archive(folder string, built binary) error {
	program, err := os.ReadFile(built.path)
	if err != nil {
		return err
	}
	files := []archivedFile{{programName(built.platform), program, true}}
	for _, name := range archived {
		content, err := os.ReadFile(filepath.Join(r.root, name))
		if err != nil {
			return err
		}
		files = append(files, archivedFile{name, content, false})
	}
	file, err := os.Create(filepath.Join(folder, r.archiveName(built.platform)))
	if err != nil {
		return err
	}
	defer file.Close()
	if built.platform.os == "windows" {
		err = r.writeZip(file, files)
	} else {
		err = writeTar(file, nil, files, r.time)
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// writeTar writes a compressed tar: folders that everyone may write to, then files.
func writeTar(w io.Writer, folders []string, files []archivedFile, modified time.Time) error {
	compressor := pinnedgzip.NewWriter(w)
	archive := tar.NewWriter(compressor)
	for _, folder := range folders {
		header := &tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o1777, ModTime: modified}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
	}
	for _, file := range files {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: file.name, Size: int64(len(file.content)), Mode: file.mode(), ModTime: modified}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(file.content); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return compressor.Close()
}

func (r *release) writeZip(w io.Writer, files []archivedFile) error {
	archive := zip.NewWriter(w)
	for _, file := range files {
		header := &zip.FileHeader{Name: file.name, Method: zip.Deflate, Modified: r.time}
		header.SetMode(os.FileMode(file.mode()))
		writer, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := writer.Write(file.content); err != nil {
			return err
		}
	}
	return archive.Close()
}
