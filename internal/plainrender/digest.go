package plainrender

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Digest returns that of what [Render] returned, as
// [packagetypes.Instance.Digest] defines it.
func Digest(rendered []byte) string {
	sum := sha256.Sum256(rendered)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// encode sorts objects into the phases of the manifest, labels them and returns
// all of it as JSON.
func (p *plain) encode(objects []object) ([]byte, error) {
	phases := []any{}
	for _, phase := range p.manifest.phases {
		inPhase := []any{}
		for _, o := range objects {
			if o.phase == phase.name {
				inPhase = append(inPhase, p.canonical(o))
			}
		}
		if len(inPhase) == 0 {
			continue
		}
		fields := map[string]any{"name": phase.name, "objects": inPhase}
		if phase.class != "" {
			fields["class"] = phase.class
		}
		phases = append(phases, fields)
	}
	result := map[string]any{"phases": phases}
	if len(p.manifest.probes) > 0 {
		result["availabilityProbes"] = p.manifest.probes
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(result); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// canonical is an object with its labels, and what its annotations said.
func (p *plain) canonical(o object) map[string]any {
	metadata := o.content["metadata"].(map[string]any)
	labels, ok := metadata["labels"].(map[string]any)
	if !ok {
		labels = map[string]any{}
		metadata["labels"] = labels
	}
	labels[annotationPrefix+"package"] = p.name
	labels[annotationPrefix+"instance"] = p.context.Package.Metadata.Name
	fields := map[string]any{"object": o.content}
	if o.protection != "" {
		fields["collisionProtection"] = o.protection
	}
	if len(o.mappings) > 0 {
		fields["conditionMappings"] = o.mappings
	}
	return fields
}
