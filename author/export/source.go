package export

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// ArtifactSource is an OCI image that holds files; see [Artifact].
type ArtifactSource struct {
	// Repository is "host/path", without tag and digest.
	Repository string
	// Digest of its manifest.
	Digest string
}

func (s ArtifactSource) check() error {
	if _, err := name.NewRepository(s.Repository, name.StrictValidation); err != nil {
		return fmt.Errorf("repository of the artifact: %w", err)
	}
	if !strings.HasPrefix(s.Digest, "sha256:") {
		return errors.New("digest of the artifact: it begins with sha256:")
	}
	return nil
}
