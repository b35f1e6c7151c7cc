package registries

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
)

const reportType = "application/vnd.example.report"

// hung is what "oras discover" prints.
type hung struct {
	Referrers []struct {
		Digest, ArtifactType string
		Annotations          map[string]string
	}
	// Manifests is the name of the list before oras 1.3.
	Manifests []struct {
		Digest, ArtifactType string
		Annotations          map[string]string
	}
}

// What hangs on a package is the same for oras and for us, with the referrers API
// and with the tag that stands for it.
func TestOrasReferrers(t *testing.T) {
	t.Parallel()
	for _, options := range signingRegistries {
		t.Run(options.String(), func(t *testing.T) {
			t.Parallel()
			c := newCell(t, Start(t, options))
			c.digest = pushed(t, c, example(t, "webapp"))
			client, subject, oras := c.client(), c.reference("@"+c.digest), c.user.Oras(t)

			ours, err := client.Attach(t.Context(), subject, registry.Artifact{
				ArtifactType: reportType,
				Annotations:  map[string]string{"org.example.by": "packstage"},
				Blobs: []registry.ArtifactBlob{{
					MediaType: types.MediaType("text/plain"), Content: []byte("from packstage\n"),
					Annotations: map[string]string{"org.opencontainers.image.title": "ours.txt"},
				}},
			})
			require.NoError(t, err)
			writeFile(t, c.user.Work, "theirs.txt", []byte("from oras\n"))
			oras.Run(t, "attach", "--no-tty", "--artifact-type", reportType, "--annotation", "org.example.by=oras", subject, "theirs.txt:text/plain")

			// Theirs, read by us.
			found, err := client.Referrers(t.Context(), subject, reportType)
			require.NoError(t, err)
			require.Len(t, found, 2)
			by := map[string]v1.Hash{}
			for _, descriptor := range found {
				assert.Equal(t, reportType, descriptor.ArtifactType)
				by[descriptor.Annotations["org.example.by"]] = descriptor.Digest
			}
			assert.Equal(t, ours.Digest, by["packstage"])
			manifest, err := client.Manifest(t.Context(), c.reference("@"+by["oras"].String()))
			require.NoError(t, err)
			parsed, err := v1.ParseManifest(strings.NewReader(string(manifest.Raw)))
			require.NoError(t, err)
			require.Len(t, parsed.Layers, 1)
			blob, err := client.Blob(t.Context(), c.Host+"/team/webapp", parsed.Layers[0])
			require.NoError(t, err)
			defer blob.Close()
			content, err := io.ReadAll(blob)
			require.NoError(t, err)
			assert.Equal(t, "from oras\n", string(content))

			printed := c.run(t, "referrers", subject, "--type", reportType)
			assert.Contains(t, printed, by["oras"].String())
			assert.Contains(t, printed, by["packstage"].String())

			// Ours, read by oras.
			shown := decoded[hung](t, oras.Run(t, "discover", "--no-tty", "--format", "json", "--artifact-type", reportType, subject))
			digests := map[string]string{}
			for _, one := range append(shown.Referrers, shown.Manifests...) {
				digests[one.Annotations["org.example.by"]] = one.Digest
			}
			assert.Equal(t, map[string]string{"packstage": by["packstage"].String(), "oras": by["oras"].String()}, digests)
			oras.Run(t, "pull", "--no-tty", "--output", "pulled", c.reference("@"+ours.Digest.String()))
			content, err = os.ReadFile(filepath.Join(c.user.Work, "pulled", "ours.txt"))
			require.NoError(t, err)
			assert.Equal(t, "from packstage\n", string(content))

			bill := strings.TrimSpace(c.run(t, "attach", "sbom", subject))
			assert.Contains(t, oras.Run(t, "discover", "--no-tty", "--artifact-type", "application/spdx+json", subject), bill)

			// oras takes all along with the package.
			oras.Run(t, "cp", "--no-tty", "--recursive", c.reference(":v1"), c.Host+"/other/webapp:v1")
			copied, err := client.Referrers(t.Context(), c.Host+"/other/webapp@"+c.digest, reportType)
			require.NoError(t, err)
			assert.Len(t, copied, 2)
		})
	}
}
