//go:build !linux

package cache_test

import (
	"context"
	"errors"
)

// fullDisk is tested on Linux.
func fullDisk(context.Context, string) error { return errors.ErrUnsupported }
