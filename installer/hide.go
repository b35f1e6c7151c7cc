package installer

import (
	"strings"

	"github.com/packstage/packstage/packagetypes"
)

// hiding tells of a value in a difference whether it shows a sensitive value of the
// configuration; nil where there is none. What a Secret holds is hidden anyway.
func hiding(instance *packagetypes.Instance) func(path string, value any) bool {
	if len(instance.Sensitive) == 0 {
		return nil
	}
	return func(_ string, value any) bool {
		text, ok := value.(string)
		if !ok {
			return false // what is inside is asked about by itself
		}
		for _, secret := range instance.Sensitive {
			if strings.Contains(text, secret) {
				return true
			}
		}
		return false
	}
}
