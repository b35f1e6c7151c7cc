package verify

import (
	"fmt"
	"strconv"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	kubejson "sigs.k8s.io/json"
)

// decodeStrict decodes JSON whose names are matched exactly and stand once:
// otherwise two readers could see two documents in the same signed bytes.
// Unknown names are left out.
func decodeStrict(data []byte, target any) error {
	faults, err := kubejson.UnmarshalStrict(data, target, kubejson.DisallowDuplicateFields)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return faults[0]
	}
	return nil
}

func parseManifest(raw []byte) (*v1.Manifest, error) {
	manifest := &v1.Manifest{}
	return manifest, decodeStrict(raw, manifest)
}

// textValues returns annotations as text; values of other types, which cosign
// does not write, as JSON would show them.
func textValues(values map[string]any) map[string]string {
	if len(values) == 0 {
		return nil
	}
	texts := make(map[string]string, len(values))
	for key, value := range values {
		switch value := value.(type) {
		case string:
			texts[key] = value
		case bool:
			texts[key] = strconv.FormatBool(value)
		default:
			texts[key] = fmt.Sprint(value)
		}
	}
	return texts
}
