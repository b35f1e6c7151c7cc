package packagetypes

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
)

// Digest returns the digest of what was rendered: the sha256 of the phases with
// their objects and of the availability probes, as JSON with sorted keys,
// without white space and without HTML escaping, and a line break at the end.
// Two instances with the same digest make the same objects, in the same order,
// with the same steering; where the objects came from (files, image,
// configuration) is not part of it. It has the form "sha256:<64 hex>".
func (i *Instance) Digest() string {
	sum := sha256.New()
	if err := i.encodeContent(sum); err != nil {
		// Objects are made of what JSON can say, and a hash takes everything.
		panic(fmt.Sprintf("encode instance: %v", err))
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}

// encodeContent writes what the digest is of. Maps keep the keys sorted.
func (i *Instance) encodeContent(w io.Writer) error {
	phases := make([]any, 0, len(i.Phases))
	for _, phase := range i.Phases {
		objects := make([]any, 0, len(phase.Objects))
		for _, object := range phase.Objects {
			fields := map[string]any{"object": object.content}
			if object.collisionProtection != "" {
				fields["collisionProtection"] = object.collisionProtection
			}
			if len(object.conditionMappings) > 0 {
				mappings := make([]any, 0, len(object.conditionMappings))
				for _, mapping := range object.conditionMappings {
					mappings = append(mappings, map[string]any{
						"destinationType": mapping.DestinationType, "sourceType": mapping.SourceType,
					})
				}
				fields["conditionMappings"] = mappings
			}
			objects = append(objects, fields)
		}
		fields := map[string]any{"name": phase.Name, "objects": objects}
		if phase.Class != "" {
			fields["class"] = phase.Class
		}
		phases = append(phases, fields)
	}
	content := map[string]any{"phases": phases}
	if len(i.AvailabilityProbes) > 0 {
		probes, err := json.Marshal(i.AvailabilityProbes)
		if err != nil {
			return err
		}
		var plain any
		if err := json.Unmarshal(probes, &plain); err != nil {
			return err
		}
		content["availabilityProbes"] = plain
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(content)
}
