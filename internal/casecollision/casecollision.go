// Package casecollision finds paths that a file system without case could not
// tell apart.
package casecollision

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/packstage/packstage/diagnostic"
)

// Find returns a finding of the given severity for each path that differs only
// in case from an earlier one, or from a folder of one. Folders that differ
// only in case merge without loss and are no finding. The result is in the
// order of the paths.
func Find(paths []string, severity diagnostic.Severity) diagnostic.Diagnostics {
	files := make(map[string]string, len(paths))
	folders := map[string]string{}
	var found diagnostic.Diagnostics
	report := func(path, other string) {
		found = append(found, diagnostic.Diagnostic{
			Code:     diagnostic.FilesCaseCollision,
			Severity: severity,
			Position: diagnostic.Position{File: path},
			Message:  fmt.Sprintf("differs only in case from %q", other),
			Hint:     "on file systems that ignore case only one of the two survives; rename one",
		})
	}
	for _, path := range paths {
		folded := fold(path)
		if other, ok := files[folded]; ok {
			report(path, other)
			continue
		}
		if other, ok := folders[folded]; ok {
			report(path, other)
			continue
		}
		files[folded] = path
		for end := strings.LastIndexByte(path, '/'); end > 0; end = strings.LastIndexByte(path[:end], '/') {
			folder := fold(path[:end])
			if other, ok := files[folder]; ok {
				report(path[:end], other)
			}
			if _, ok := folders[folder]; ok {
				break
			}
			folders[folder] = path[:end]
		}
	}
	return found
}

// fold maps each rune to the smallest of its case variants, which is what two
// equal names without case have in common.
func fold(path string) string {
	if isFolded(path) {
		return path
	}
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII {
			return unicode.ToLower(r)
		}
		smallest := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			smallest = min(smallest, next)
		}
		// The variants of some letters include an ASCII one (the Kelvin sign).
		return unicode.ToLower(smallest)
	}, path)
}

// isFolded tells of most paths, without a look at Unicode, that folding leaves them
// as they are.
func isFolded(path string) bool {
	for i := range len(path) {
		if c := path[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}
