package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// errNotFolder is the cause where something is to be replaced that is no folder.
var errNotFolder = errors.New("is not a folder")

// FolderOptions are options of [WriteFolder].
type FolderOptions struct {
	// Replace replaces a folder that is there, with all that is in it. Without
	// it anything that is there is an error.
	Replace bool
}

// WriteFolder makes a folder by calling build with the path of an empty folder
// next to it, which is then renamed. Folders that are missing above it are made, and
// stay. Files that
// must survive a loss of power are for build to sync; [WriteFile] does.
//
// With Replace, where path is a symbolic link, the folder that it leads to is
// replaced, and something that is not a folder is refused. On Linux the old and
// the new folder change places in one step, where the file system can; elsewhere
// there is a moment, between two renames, in which nothing is there.
//
// Errors are [fs.PathError] with path. They wrap what build returned, or the
// cause in the file system: [fs.ErrExist] where something is there already, for
// which build may not even be called. Where nothing but the removal of the old
// folder failed, the new one is in place and the error says what is left.
func WriteFolder(path string, options FolderOptions, build func(temporary string) error) error {
	if err := writeFolder(path, options, build); err != nil {
		return &fs.PathError{Op: "write folder", Path: path, Err: err}
	}
	return nil
}

func writeFolder(path string, options FolderOptions, build func(string) error) (err error) {
	target := filepath.Clean(path)
	if options.Replace {
		var existing fs.FileInfo
		if target, existing, err = resolve(target); err != nil {
			return err
		}
		if existing != nil && !existing.IsDir() {
			return errNotFolder
		}
	} else if err := refuseExisting(target); err != nil {
		return err
	}
	parent := filepath.Dir(target)
	if err := makeFolder(parent); err != nil {
		return err
	}
	temporary, err := createTemporary(parent, func(path string) error { return os.Mkdir(path, 0o777) })
	if err != nil {
		return err
	}
	// After an exchange it is the old folder that has the temporary name.
	defer func() {
		if removeErr := os.RemoveAll(temporary); removeErr != nil {
			err = errors.Join(err, removeErr)
		}
	}()

	if err := build(temporary); err != nil {
		return err
	}
	if options.Replace {
		err = replace(temporary, target)
	} else {
		err = renameNoReplace(temporary, target)
	}
	if err != nil {
		return withoutPath(err)
	}
	syncFolder(parent)
	return nil
}

// refuseExisting returns [fs.ErrExist] where anything is at path.
func refuseExisting(path string) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return fs.ErrExist
	case errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return withoutPath(err)
	}
}

// replace puts the folder at temporary in the place of target, and what was
// there, if anything, in the place of temporary.
func replace(temporary, target string) error {
	if err := exchange(temporary, target); err == nil {
		return nil
	} else if !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return replaceInTwoSteps(temporary, target)
}

// replaceInTwoSteps is replace for systems that cannot exchange.
func replaceInTwoSteps(temporary, target string) error {
	old, err := createTemporary(filepath.Dir(target), func(path string) error {
		if err := refuseExisting(path); err != nil {
			return err
		}
		return os.Rename(target, path)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return renameNoReplace(temporary, target)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, target); err != nil {
		return errors.Join(err, os.Rename(old, target))
	}
	// The caller removes what has the temporary name.
	return os.Rename(old, temporary)
}

// renameNoReplaceInTwoSteps is renameNoReplace for systems that have no such
// call. [os.Rename] itself refuses folders; a file that appears between the two
// steps makes it fail as well, since no folder replaces a file.
func renameNoReplaceInTwoSteps(from, to string) error {
	if err := refuseExisting(to); err != nil {
		return err
	}
	return os.Rename(from, to)
}
