package cache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// The usage file has a line for each change of the number of bytes, so that a commit
// knows how full the cache is without looking at every file. Lines are appended,
// which processes can do at the same time; whoever makes room counts anew and writes
// a file of one line. The sum is rough: what is removed by hand or as corrupt is not
// in it, and a line can get lost while the file is replaced.

// mostUsageBytes is when counting anew is cheaper than reading on.
const mostUsageBytes = 8 << 10

var errUsageUnknown = errors.New("how full the cache is has to be counted")

func (c *Cache) addUsage(bytes int64) {
	file, err := c.root.OpenFile(usageFile, os.O_WRONLY|os.O_APPEND|os.O_CREATE, fileMode)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(file, "%d\n", bytes)
	_ = file.Close()
}

// readUsage returns the lines of the usage file.
func (c *Cache) readUsage() ([]byte, error) {
	file, info, err := c.openRegular(usageFile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info.Size() > mostUsageBytes {
		return nil, errUsageUnknown
	}
	return io.ReadAll(io.LimitReader(file, mostUsageBytes))
}

// usage returns the rough number of bytes in the cache. The first line is a count,
// so where there is none, nobody has counted yet.
func (c *Cache) usage() (int64, error) {
	lines, err := c.readUsage()
	if err != nil {
		return 0, err
	}
	lines, counted := bytes.CutPrefix(lines, []byte(countMark))
	if !counted {
		return 0, errUsageUnknown
	}
	var total int64
	for line := range bytes.Lines(lines) {
		change, err := strconv.ParseInt(string(bytes.TrimSuffix(line, []byte("\n"))), 10, 64)
		if err != nil {
			return 0, errUsageUnknown
		}
		total += change
	}
	return total, nil
}

const countMark = "="

// setUsage writes what was counted. Lines that were added since the file had the
// first bytes of it that are given are kept.
func (c *Cache) setUsage(total int64, before []byte) {
	since, err := c.readUsage()
	since, same := bytes.CutPrefix(since, before)
	if err != nil || !same {
		since = nil
	}
	file, name, err := c.createTemporary()
	if err != nil {
		return
	}
	defer c.end()
	_, err = fmt.Fprintf(file, "%s%d\n%s", countMark, total, since)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = c.root.Rename(name, usageFile)
	}
	if err != nil {
		_ = c.root.Remove(name)
	}
}
