package packageloader

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

var (
	errLinkOutside = errors.New("link leads outside")
	errLinkCycle   = errors.New("link leads to itself")
)

// resolveLinks returns the path without links that name means, element by
// element, as an operating system does, but never outside the file system. Roots
// are absolute paths of the file system, for links with absolute targets; without
// them those lead outside. The error is errLinkOutside, errLinkCycle, or
// one of the file system.
func resolveLinks(fsys fs.ReadLinkFS, name string, roots []string) (string, error) {
	// As many as Linux follows.
	const mostLinks = 40
	resolved, rest := ".", name
	for links := 0; rest != ""; {
		element, after, _ := strings.Cut(rest, "/")
		rest = after
		switch element {
		case "", ".":
			continue
		case "..":
			if resolved == "." {
				return "", errLinkOutside
			}
			resolved = path.Dir(resolved)
			continue
		}
		next := path.Join(resolved, element)
		info, err := fsys.Lstat(next)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			resolved = next
			continue
		}
		if links++; links > mostLinks {
			return "", errLinkCycle
		}
		target, err := fsys.ReadLink(next)
		if err != nil {
			return "", err
		}
		if filepath.IsAbs(target) {
			if target, err = insideRoots(target, roots); err != nil {
				return "", err
			}
			resolved = "."
		}
		rest = filepath.ToSlash(target) + "/" + rest
	}
	return resolved, nil
}

// insideRoots makes an absolute target relative to the root that it is in.
func insideRoots(target string, roots []string) (string, error) {
	for _, root := range roots {
		relative, err := filepath.Rel(root, target)
		if err == nil && filepath.IsLocal(relative) {
			return relative, nil
		}
	}
	return "", errLinkOutside
}

// visited is a folder on the way down, to notice links that lead up again.
type visited struct {
	real string
	info fs.FileInfo
}

func (w *folderWalker) visit(real string) (visited, error) {
	info, err := fs.Stat(w.fsys, real)
	return visited{real: real, info: info}, err
}

// same compares by path, which tells all folders apart where links were
// resolved, and by identity, which operating systems know beyond that.
func (v visited) same(other visited) bool {
	return v.real == other.real || os.SameFile(v.info, other.info)
}
