package packageloader_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry/registrytest"
)

func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// Not parallel: it looks at the memory of all there is.
func TestVersionsKeepLittleOfEachConfiguration(t *testing.T) {
	const count, size = 20, 2 << 20
	var atEnd atomic.Int64
	r := startVersions(t, registrytest.Options{Intercept: func(_ http.ResponseWriter, request *http.Request) bool {
		if request.Method == http.MethodGet && strings.HasSuffix(request.URL.Path, "/manifests/v1.0.0") {
			atEnd.Store(heap())
		}
		return false
	}})
	for n := range count {
		config := packageConfig(fmt.Sprintf("shop%d", n))
		config.Config.Labels["filler"] = strings.Repeat("x", size)
		r.push(config, map[string]string{"org.opencontainers.image.description": strings.Repeat("ü", 5000)}, fmt.Sprintf("v1.%d.0", n))
	}
	before := heap()
	versions, err := packageloader.Versions(t.Context(), r.client, r.repository, packageloader.VersionsOptions{Concurrency: 1})
	require.NoError(t, err)
	require.Len(t, versions, count)
	assert.Equal(t, "shop0", versions[count-1].Name)
	assert.NotEmpty(t, versions[0].Constraints)
	assert.Len(t, []rune(versions[0].Description), 2049)
	require.NotZero(t, atEnd.Load())
	assert.Less(t, atEnd.Load()-before, int64(count*size/4), "what is kept of %d configurations", count-1)
}

func TestAVersionThatSaysTooMuchIsAProblem(t *testing.T) {
	t.Parallel()
	r := startVersions(t, registrytest.Options{})
	config := packageConfig("shop")
	label := &config.Config.Labels
	(*label)[packageloader.ManifestLabel] = strings.Replace((*label)[packageloader.ManifestLabel], ">=4.12", ">=4.12"+strings.Repeat(" || >=4.12", 7000), 1)
	r.push(config, nil, "v1.0.0")
	r.push(packageConfig("shop"), nil, "v2.0.0")
	versions, err := packageloader.Versions(t.Context(), r.client, r.repository, packageloader.VersionsOptions{})
	require.NoError(t, err)
	require.Len(t, versions, 2)
	assert.Empty(t, versions[0].Problem)
	assert.Contains(t, versions[1].Problem, "at most 65536 are listed")
	assert.Empty(t, versions[1].Constraints)
}
