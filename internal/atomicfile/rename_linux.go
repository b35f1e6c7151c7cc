package atomicfile

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// exchange lets two paths change places in one step. The error is
// [errors.ErrUnsupported] where kernel or file system cannot.
func exchange(a, b string) error { return renameat2(a, b, unix.RENAME_EXCHANGE) }

// renameNoReplace renames, and fails with fs.ErrExist where something is at to.
func renameNoReplace(from, to string) error {
	err := renameat2(from, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, errors.ErrUnsupported) {
		return renameNoReplaceInTwoSteps(from, to)
	}
	return err
}

func renameat2(from, to string, flags uint) error {
	for {
		err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, flags)
		switch err {
		case unix.EINTR:
			continue
		case unix.EINVAL:
			// So say file systems that do not know the flag.
			return fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
		default:
			return err // ENOSYS is ErrUnsupported by itself
		}
	}
}
