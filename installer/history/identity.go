package history

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// Identity returns what "the same content" means: two instances with the same
// identity install the same, and come from the same package with the same
// configuration, so that the second is no new revision.
//
// It is the sha256 ("sha256:<64 hex>") of JSON with sorted keys over the instance's
// digest and scope, the package's content digest and image digest, and the admitted
// configuration. It is empty where the configuration is nothing that JSON can say;
// such an instance cannot be stored.
func Identity(instance *packagetypes.Instance) string {
	return identity(instance, instance.Digest())
}

// identity is Identity for who has the instance's digest already.
func identity(instance *packagetypes.Instance, instanceDigest string) string {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		Config   map[string]any `json:"config,omitempty"`
		Image    string         `json:"image"`
		Instance string         `json:"instance"`
		Package  string         `json:"package"`
		Scope    manifest.Scope `json:"scope"`
		Version  int            `json:"version"`
	}{instance.AdmittedConfig, instance.ImageDigest, instanceDigest, instance.ContentDigest, instance.Scope, 1})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(encoded.Bytes())
	return "sha256:" + hex.EncodeToString(sum[:])
}
