package registryserver

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// Folder is a [Storage] in a folder of the operating system: each key is a file.
// Files get their names only when they are complete, so a process that ends at
// any time leaves a storage that can be opened again. One process at a time
// uses a folder.
type Folder struct{ root *os.Root }

// stagingFolder holds what has no key yet. No key begins with "_".
const stagingFolder = "_staging"

// OpenFolder opens a storage, making the folder where there is none, and drops
// what uploads that never ended left in it.
func OpenFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("open registry storage: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open registry storage: %w", err)
	}
	if err := errors.Join(root.RemoveAll(stagingFolder), root.Mkdir(stagingFolder, 0o755)); err != nil {
		return nil, errors.Join(fmt.Errorf("open registry storage: %w", err), root.Close())
	}
	return &Folder{root}, nil
}

// Close releases the folder; the storage must not be used afterwards.
func (f *Folder) Close() error { return f.root.Close() }

// Open returns what is under a key.
func (f *Folder) Open(key string) (io.ReadSeekCloser, error) {
	file, err := f.root.Open(key)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%s: %w", key, fs.ErrNotExist), err, file.Close())
	}
	return file, nil
}

// Delete takes away a key.
func (f *Folder) Delete(key string) error {
	if err := f.root.Remove(key); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// List returns the last elements of the keys one below a folder.
func (f *Folder) List(folder string) ([]string, error) {
	entries, err := fs.ReadDir(f.root.FS(), folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			names = append(names, entry.Name())
		}
	}
	return names, err
}

// Stage begins new content in a file without a key.
func (f *Folder) Stage() (Stage, error) {
	name := path.Join(stagingFolder, rand.Text())
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	return &folderStage{File: file, folder: f, name: name}, nil
}

type folderStage struct {
	*os.File
	folder    *Folder
	name      string
	committed bool
}

func (s *folderStage) Commit(key string) error {
	if err := errors.Join(s.Sync(), s.Close()); err != nil {
		return err
	}
	if err := s.folder.root.MkdirAll(path.Dir(key), 0o755); err != nil {
		return err
	}
	if err := s.folder.root.Rename(s.name, key); err != nil {
		return err
	}
	s.committed = true
	return nil
}

func (s *folderStage) Discard() error {
	if s.committed {
		return nil
	}
	// A failed commit has closed the file already.
	if err := s.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return errors.Join(err, s.folder.root.Remove(s.name))
	}
	return s.folder.root.Remove(s.name)
}
