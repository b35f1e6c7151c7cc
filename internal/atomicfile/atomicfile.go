// Package atomicfile writes files that are either there wholly or not at all.
package atomicfile

import (
	"io"
	"os"
	"path/filepath"
)

// Write makes the file at path from what write puts into its argument, with
// mode 0644 before the umask. The bytes go to a temporary file in the same folder that takes
// the place of path only after everything was written and synced; on an error
// the temporary file is removed and path stays as it was.
func Write(path string, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.partial")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	if err := write(file); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	// CreateTemp makes files that only their owner can read.
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
