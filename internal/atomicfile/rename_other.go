//go:build !linux

package atomicfile

import "errors"

func exchange(_, _ string) error { return errors.ErrUnsupported }

func renameNoReplace(from, to string) error { return renameNoReplaceInTwoSteps(from, to) }
