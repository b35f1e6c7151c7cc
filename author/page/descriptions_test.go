package page_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/page"
	"github.com/packstage/packstage/packageloader/repository"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

// An image that an index still lists and the registry has no more does not keep the
// others from the catalogue.
func TestDescriptionsOfImagesThatAreGone(t *testing.T) {
	t.Parallel()
	described, err := page.Descriptions(t.Context(), registry.NewClient(registry.Options{}), entryAt(t, registrytest.Start(t, registrytest.Options{}).Host))
	require.NoError(t, err)
	assert.Empty(t, described)
	options := registrytest.Options{Faults: &registrytest.FaultOptions{Faults: []registrytest.Fault{{Kind: registrytest.InternalError}}}}
	_, err = page.Descriptions(t.Context(), registry.NewClient(registry.Options{Retry: registry.RetryPolicy{Attempts: 1}}), entryAt(t, registrytest.Start(t, options).Host))
	require.Error(t, err, "trouble of the registry is no empty catalogue")
}

// entryAt is an index of one package that is not there.
func entryAt(t *testing.T, host string) *repository.Index {
	t.Helper()
	index, err := repository.New("demo")
	require.NoError(t, err)
	_, err = index.Add(repository.Entry{
		Name: "gone", Image: host + "/gone", Digest: "sha256:" + strings.Repeat("1", 64), Versions: []string{"v1.0.0"},
	}, repository.AddOptions{})
	require.NoError(t, err)
	return index
}
