package packageloader

import (
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/validate"
)

// duplicates reports every object that was there before, in the order of the
// files, those included that conditions will drop.
func duplicates(files []compiledFile) diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	seen := map[validate.ObjectKey]diagnostic.Position{}
	for _, file := range files {
		for _, object := range file.objects {
			if object.key.Name == "" {
				continue // a generateName makes a new object each time
			}
			first, ok := seen[object.key]
			if !ok {
				seen[object.key] = object.position
				continue
			}
			found = append(found, diagnostic.Diagnostic{
				Code:     diagnostic.ObjectDuplicate,
				Position: object.position,
				Message:  fmt.Sprintf("%s is there already, at %s", describe(object.key), first),
				Hint:     "objects differ in group, kind, namespace or name; another version alone makes no other object",
			})
		}
	}
	return found
}
