package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/internal/atomicfile"
)

// folderFlags say which folder a result goes to.
type folderFlags struct {
	path  string
	force bool
}

func (f *folderFlags) add(command *cobra.Command, name, usage string) {
	command.Flags().StringVar(&f.path, name, "", usage)
	_ = command.MarkFlagDirname(name)
	f.addForce(command)
}

func (f *folderFlags) addForce(command *cobra.Command) {
	command.Flags().BoolVar(&f.force, "force", false, "replace a folder that is not empty, with all that is in it")
}

func (f *folderFlags) isSet() bool { return f.path != "" || f.force }

// check refuses a folder that must not be replaced, before any work is done.
func (f *folderFlags) check() error {
	if f.path == "" {
		return nil
	}
	entries, err := os.ReadDir(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return nil
	}
	if !f.force {
		return fmt.Errorf("the folder %s is not empty; --force replaces it", f.path)
	}
	return f.refuseWorkingFolder()
}

// refuseWorkingFolder keeps --force from taking away the ground that the user
// stands on: the working folder and those above it.
func (f *folderFlags) refuseWorkingFolder() error {
	working, err := os.Getwd()
	if err != nil {
		return err
	}
	if working, err = filepath.EvalSymlinks(working); err != nil {
		return err
	}
	absolute, err := filepath.Abs(f.path)
	if err != nil {
		return err
	}
	if absolute, err = filepath.EvalSymlinks(absolute); err != nil {
		return err
	}
	below, err := filepath.Rel(absolute, working)
	if err == nil && below != ".." && !strings.HasPrefix(below, ".."+string(filepath.Separator)) {
		return usagef("--force does not replace %s: it holds the working folder", f.path)
	}
	return nil
}

// write makes the folder by calling build with a folder to fill. It appears
// whole or not at all.
func (f *folderFlags) write(build func(folder string) error) error {
	if err := f.check(); err != nil {
		return err
	}
	path := filepath.Clean(f.path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	_, err := os.Lstat(path)
	return atomicfile.WriteFolder(path, atomicfile.FolderOptions{Replace: err == nil}, build)
}
