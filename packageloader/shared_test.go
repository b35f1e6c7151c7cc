package packageloader_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// conditional is a package with a rule on its configuration, a named condition and one
// on an object.
func conditional(t testing.TB, number int) *packagetypes.Package {
	t.Helper()
	return load(t, map[string]string{
		"manifest.yaml": fmt.Sprintf(strings.Replace(testManifest, "demo", "demo-%d", 1)+`  filter:
    conditions:
    - name: many
      expression: config.count > %d
  config:
    openAPIV3Schema:
      type: object
      x-kubernetes-validations:
      - rule: self.count < %d
      properties:
        count:
          type: integer
`, number, number, 10*number+10),
		"a.yaml": configMap("always", "prepare"),
		"b.yaml": configMap("many", "deploy") + "    package-operator.run/condition: cond.many\n",
	})
}

func TestSharedChangesNothing(t *testing.T) {
	t.Parallel()
	const packages = 8
	shared := packageloader.NewShared()
	var group sync.WaitGroup
	for number := range packages {
		pkg := conditional(t, number)
		group.Go(func() {
			for _, count := range []int{number, number + 1, 10*number + 10} {
				c := packagetypes.Context{Config: map[string]any{"count": count}}
				want, wantErr := packageloader.Render(t.Context(), pkg, c, packageloader.Options{})
				got, err := packageloader.Render(t.Context(), pkg, c, packageloader.Options{Shared: shared})
				if wantErr != nil {
					if err == nil || err.Error() != wantErr.Error() {
						t.Errorf("package %d, count %d: %v instead of %v", number, count, err, wantErr)
					}
					continue
				}
				if err != nil || got.Digest() != want.Digest() {
					t.Errorf("package %d, count %d: another digest, or %v", number, count, err)
				}
			}
		})
	}
	group.Wait()
}

// What is shared depends on no package: conditions and rules of one mean nothing to
// another, also where their text is the same.
func TestSharedKeepsPackagesApart(t *testing.T) {
	t.Parallel()
	shared := packageloader.NewShared()
	_, err := packageloader.Compile(conditional(t, 1), packageloader.Options{Shared: shared})
	require.NoError(t, err)
	other := load(t, map[string]string{"b.yaml": configMap("many", "deploy") + "    package-operator.run/condition: cond.many\n"})
	_, err = packageloader.Compile(other, packageloader.Options{Shared: shared})
	require.Equal(t, []string{"b.yaml:7:37 [condition-invalid]"}, lines(err))
}

func TestSharedIsMadeOnce(t *testing.T) {
	pkg := conditional(t, 1)
	allocations := func(shared *packageloader.Shared) float64 {
		return testing.AllocsPerRun(10, func() {
			_, err := packageloader.Compile(pkg, packageloader.Options{Shared: shared, Parallelism: 1})
			require.NoError(t, err)
		})
	}
	own := allocations(nil)
	require.Less(t, allocations(packageloader.NewShared()), own/2)
}
