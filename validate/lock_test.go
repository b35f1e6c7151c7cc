package validate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/validate"
)

// Repository indexes have bare digits for a digest, and some tools copy them into
// the lock of whoever depends on a package.
func TestBareDigestOfADependency(t *testing.T) {
	t.Parallel()
	digits := strings.Repeat("0123456789abcdef", 4)
	_, dependencies := validate.LockedImages(&manifest.PackageManifestLock{Spec: manifest.PackageManifestLockSpec{
		Dependencies: []manifest.LockedDependency{{Name: "bare", Image: "quay.io/org/dep", Digest: digits, Version: "v1.2.3"}},
	}})
	require.Equal(t, map[string]string{"bare": "quay.io/org/dep@sha256:" + digits}, dependencies)
}
