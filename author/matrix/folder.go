package matrix

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// fixtures returns the folder of the golden files of a case in the manifest, whose
// name may have slashes; it is empty where the name cannot be that of a folder.
func fixtures(name string) string {
	folder := path.Join(FixturesFolder, name)
	if !fs.ValidPath(name) || name == "." || strings.HasPrefix(name, ".") || strings.Contains(name, "/.") ||
		strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) {
		return ""
	}
	return folder
}

// isFolderName tells whether a name can be that of a folder on every system.
func isFolderName(name string) bool {
	return name != "" && name == path.Base(name) && !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, ".") &&
		strings.TrimSpace(name) == name && !isDevice(name) &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`\:*?"<>|`, r) })
}

// isDevice tells whether Windows takes a name for a device, whatever its extension.
func isDevice(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	if slices.Contains([]string{"con", "prn", "aux", "nul"}, stem) {
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")) && stem[3] >= '0' && stem[3] <= '9'
}
