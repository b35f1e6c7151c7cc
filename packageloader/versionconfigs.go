package packageloader

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/manifest"
)

const descriptionAnnotation = "org.opencontainers.image.description"

// What is kept of each version while a list is made, however large its image says
// that it is.
const (
	maxVersionManifest = 64 << 10
	maxVersionText     = 4 << 10
)

// versionConfigs reads a configuration that several images have once, and keeps of
// it what a list of versions shows.
type versionConfigs struct {
	source configReader
	mutex  sync.Mutex
	known  map[configKey]*sharedConfig
}

func newVersionConfigs(source configReader) *versionConfigs {
	return &versionConfigs{source: source, known: map[configKey]*sharedConfig{}}
}

// configKey is all of a descriptor that reading depends on: what one tag says of a
// configuration wrongly must not be held against another one.
type configKey struct {
	digest v1.Hash
	size   int64
	data   [sha256.Size]byte
}

type sharedConfig struct {
	once  sync.Once
	about *imageConfig
	err   error
}

// read is a [configReader].
func (c *versionConfigs) read(ctx context.Context, repository string, blob v1.Descriptor) (*imageConfig, error) {
	key := configKey{blob.Digest, blob.Size, sha256.Sum256(blob.Data)}
	c.mutex.Lock()
	shared, ok := c.known[key]
	if !ok {
		shared = &sharedConfig{}
		c.known[key] = shared
	}
	c.mutex.Unlock()
	shared.once.Do(func() {
		about, err := c.source(ctx, repository, blob)
		if shared.err = err; err == nil {
			shared.about = about.listed()
		}
	})
	return shared.about, shared.err
}

// listed returns a copy of what a list of versions shows, which shares no memory
// with the original.
func (c *imageConfig) listed() *imageConfig {
	short := &imageConfig{created: c.created, fault: shortened(c.fault)}
	if _, ok := c.labels[FormatLabel]; ok {
		short.labels = map[string]string{FormatLabel: ""}
	}
	if c.manifest == nil {
		return short
	}
	var shown manifest.PackageManifest
	shown.Metadata.Name = c.manifest.Metadata.Name
	if text := c.manifest.Metadata.Annotations[descriptionAnnotation]; text != "" {
		shown.Metadata.Annotations = map[string]string{descriptionAnnotation: shortened(text)}
	}
	shown.Spec.Scopes, shown.Spec.Constraints = c.manifest.Spec.Scopes, c.manifest.Spec.Constraints
	raw, err := json.Marshal(shown)
	switch {
	case err != nil:
		short.fault = fmt.Sprintf("the label %s: %v", ManifestLabel, err)
	case len(raw) > maxVersionManifest:
		short.fault = fmt.Sprintf("name, scopes and constraints in the label %s take %d bytes; at most %d are listed", ManifestLabel, len(raw), maxVersionManifest)
	default:
		short.manifest = new(manifest.PackageManifest)
		if err := json.Unmarshal(raw, short.manifest); err != nil {
			short.manifest, short.fault = nil, fmt.Sprintf("the label %s: %v", ManifestLabel, err)
		}
	}
	return short
}

// shortened returns a text as a list of versions shows it.
func shortened(text string) string {
	if len(text) <= maxVersionText {
		return strings.Clone(text)
	}
	return strings.ToValidUTF8(text[:maxVersionText], "") + "…"
}
