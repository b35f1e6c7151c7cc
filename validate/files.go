package validate

import (
	"fmt"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// checkFileNames reports paths that a file system without case cannot hold
// side by side.
func checkFileNames(subject Subject) diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	seen := make(map[string]string, subject.Package.Files.Len())
	for _, path := range subject.Package.Files.Paths() {
		folded := strings.ToLower(path)
		if other, ok := seen[folded]; ok {
			found = append(found, diagnostic.Diagnostic{
				Code:     diagnostic.FilesCaseCollision,
				Severity: diagnostic.Warning,
				Position: diagnostic.Position{File: path},
				Message:  fmt.Sprintf("differs from %q only in case", other),
				Hint:     "rename one: Windows and macOS keep only one of the two",
			})
			continue
		}
		seen[folded] = path
	}
	return found
}
