package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/resolve"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packageloader/repository"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

// head begins the manifest of a package that has nothing to lock.
const head = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: shop}
spec:
  scopes: [Namespaced]
  phases: [{name: deploy}]
`

// author is somebody with a package in a folder and a registry.
type author struct {
	t      *testing.T
	folder string
	server *registrytest.Registry
	client *registry.Client
}

func newAuthor(t *testing.T) *author {
	t.Helper()
	return &author{
		t: t, folder: t.TempDir(), server: registrytest.Start(t, registrytest.Options{}),
		client: registry.NewClient(registry.Options{Retry: registry.RetryPolicy{}}),
	}
}

func (a *author) write(path, format string, arguments ...any) {
	a.t.Helper()
	path = filepath.Join(a.folder, filepath.FromSlash(path))
	require.NoError(a.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(a.t, os.WriteFile(path, fmt.Appendf(nil, format, arguments...), 0o600))
}

func (a *author) read(path string) string {
	a.t.Helper()
	data, err := os.ReadFile(filepath.Join(a.folder, filepath.FromSlash(path)))
	require.NoError(a.t, err)
	return string(data)
}

// push pushes an image, another one for each build.
func (a *author) push(name string, build int) (digest string) {
	a.t.Helper()
	image, err := mutate.Config(empty.Image, v1.Config{Labels: map[string]string{"build": fmt.Sprint(build)}})
	require.NoError(a.t, err)
	hash, err := a.client.Push(a.t.Context(), image, a.server.Host+"/"+name)
	require.NoError(a.t, err)
	return hash.String()
}

func (a *author) pushIndex(name string, versions ...string) {
	a.t.Helper()
	index, err := repository.New("apps")
	require.NoError(a.t, err)
	for i, version := range versions {
		_, err := index.Add(repository.Entry{
			Name: "postgres", Image: a.server.Host + "/postgres", Digest: digest(i), Versions: []string{version},
		}, repository.AddOptions{})
		require.NoError(a.t, err)
	}
	_, err = repository.Push(a.t.Context(), a.client, index, a.server.Host+"/"+name)
	require.NoError(a.t, err)
}

func (a *author) lock(change ...func(*resolve.LockOptions)) (*resolve.Plan, error) {
	options := resolve.LockOptions{Resolver: a.client, Repositories: resolve.OpenRepositories(a.folder, a.client)}
	for _, one := range change {
		one(&options)
	}
	return resolve.Lock(a.t.Context(), packageloader.FromFolder(a.folder, packageloader.FolderOptions{}), options)
}

// mustLock locks and writes, and returns the paths that were written.
func (a *author) mustLock(change ...func(*resolve.LockOptions)) []string {
	a.t.Helper()
	plan, err := a.lock(change...)
	require.NoError(a.t, err)
	written, err := plan.Write(a.folder)
	require.NoError(a.t, err)
	return written
}

func check(o *resolve.LockOptions)    { o.Check = true }
func upstream(o *resolve.LockOptions) { o.Check, o.UpgradeAll = true, true }

func upgrade(names ...string) func(*resolve.LockOptions) {
	return func(o *resolve.LockOptions) { o.Upgrade = names }
}

func TestOnlyWhatIsNotLockedIsAskedFor(t *testing.T) {
	t.Parallel()
	a := newAuthor(t)
	web := a.push("web:v1", 1)
	a.push("api:v1", 2)
	a.write("manifest.yaml", head+"  images: [{name: web, image: '%s/web:v1'}]\n", a.server.Host)
	assert.Equal(t, []string{"manifest.lock.yaml"}, a.mustLock())
	first := a.read("manifest.lock.yaml")
	assert.Contains(t, first, web)

	a.server.Forget()
	a.push("web:v1", 3)
	a.server.Forget()
	assert.Empty(t, a.mustLock())
	plan, err := a.lock(check)
	require.NoError(t, err)
	assert.Empty(t, plan.Findings())
	assert.Empty(t, a.server.Requests())
	assert.Equal(t, first, a.read("manifest.lock.yaml"))

	// A new image: only that one is asked for, and the old one keeps its digest.
	a.write("manifest.yaml", head+"  images: [{name: api, image: '%[1]s/api:v1'}, {name: web, image: '%[1]s/web:v1'}]\n", a.server.Host)
	plan, err = a.lock(check)
	require.NoError(t, err)
	require.ErrorIs(t, plan.Findings(), diagnostic.LockMissing)
	assert.Empty(t, a.server.Requests())
	written, err := plan.Write(a.folder)
	require.NoError(t, err)
	assert.Empty(t, written, "a check writes nothing")
	assert.Equal(t, []string{"manifest.lock.yaml"}, a.mustLock())
	assert.Equal(t, []registrytest.Request{{Method: http.MethodHead, Path: "/v2/api/manifests/v1"}}, a.server.Requests())
	assert.Contains(t, a.read("manifest.lock.yaml"), web)

	plan, err = a.lock(upstream)
	require.NoError(t, err)
	require.ErrorIs(t, plan.Findings(), diagnostic.LockBehind)
	assert.Len(t, plan.Findings(), 1)
	a.mustLock(upgrade("web"))
	assert.NotContains(t, a.read("manifest.lock.yaml"), web)
}

func TestRepositoryImages(t *testing.T) {
	t.Parallel()
	a := newAuthor(t)
	a.pushIndex("index:latest", "v15.0.0", "v16.0.0")
	a.write("manifest.yaml", head+`  components: {}
  repositories: [{image: '%s/index:latest'}]
  dependencies: [{image: {name: db, package: postgres.apps, range: ">=15"}}]
`, a.server.Host)
	a.write("components/one/manifest.yml", head+`  repositories: [{image: '%s/index:latest'}]
  dependencies: [{image: {name: db, package: postgres.apps, range: ^15}}]
`, a.server.Host)
	a.write("components/two/manifest.yaml", head)
	assert.Equal(t, []string{"manifest.lock.yaml", "components/one/manifest.lock.yaml"}, a.mustLock())
	assert.Contains(t, a.read("manifest.lock.yaml"), "version: 16.0.0\n")
	assert.Contains(t, a.read("components/one/manifest.lock.yaml"), "version: 15.0.0\n")

	pkg, err := packageloader.Load(t.Context(), packageloader.FromFolder(a.folder, packageloader.FolderOptions{}), packageloader.LoadOptions{Component: "one"})
	require.NoError(t, err)
	assert.Equal(t, []manifest.LockedDependency{
		{Name: "db", Image: a.server.Host + "/postgres", Digest: digest(0), Version: "15.0.0"},
	}, pkg.Lock.Spec.Dependencies)

	// A version is withdrawn: the lock stays, with a warning.
	a.pushIndex("index:latest", "v15.0.0", "v15.1.0")
	plan, err := a.lock()
	require.NoError(t, err)
	assert.False(t, plan.Changed())
	require.Len(t, plan.Warnings, 1)
	assert.ErrorIs(t, plan.Warnings[0], diagnostic.LockBehind)
	assert.Contains(t, plan.Warnings[0].Error(), "manifest.yaml:9:26: warning: ")
	plan, err = a.lock(upstream)
	require.NoError(t, err)
	require.ErrorIs(t, plan.Findings(), diagnostic.LockBehind)
	assert.ErrorContains(t, plan.Findings(), "is locked to 16.0.0, which no repository has any more: 15.1.0 would be chosen")
	a.mustLock(upgrade("db"))
	assert.Contains(t, a.read("manifest.lock.yaml"), "version: 15.1.0\n")
}

// What a lock that Package Operator wrote has stays, its form included.
func TestLocksOfOthers(t *testing.T) {
	t.Parallel()
	a := newAuthor(t)
	a.write("manifest.yaml", head+"  images: [{name: web, image: 'registry.example.com/web:v1'}]\n")
	theirs := "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\nmetadata:\n  creationTimestamp: \"2023-02-06T15:27:04Z\"\n" +
		"spec:\n  images:\n  - digest: " + digest(1) + "\n    image: registry.example.com/web:v1\n    name: web\n"
	a.write("manifest.lock.yml", "%s", theirs)
	assert.Empty(t, a.mustLock())
	assert.Equal(t, theirs, a.read("manifest.lock.yml"))

	// The name of the file stays, too.
	a.write("manifest.yaml", head)
	assert.Equal(t, []string{"manifest.lock.yml"}, a.mustLock())
	assert.Equal(t, "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\nspec: {}\n", a.read("manifest.lock.yml"))
	assert.NoFileExists(t, filepath.Join(a.folder, "manifest.lock.yaml"))
}

func TestFaultsOfThePackage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spec string
		want diagnostic.Code
		at   string
	}{
		"no reference":      {"  images: [{name: web, image: 'not a reference'}]\n", diagnostic.ManifestInvalidValue, "manifest.yaml:7:31"},
		"name twice":        {"  images: [{name: web, image: a/b}, {name: web, image: a/c}]\n", diagnostic.ManifestDuplicateName, "manifest.yaml:7:44"},
		"no name":           {"  dependencies: [{image: {package: a.b, range: '1'}}]\n", diagnostic.ManifestRequired, "manifest.yaml:7:19"},
		"no repository":     {"  repositories: [{}]\n  dependencies: [{image: {name: a, package: a.b, range: '1'}}]\n", diagnostic.ManifestInvalidValue, "manifest.yaml:7:18"},
		"broken manifest":   {"  images: 1\n", diagnostic.ManifestWrongType, "manifest.yaml:7:11"},
		"broken repository": {"  repositories: [{file: broken.txt}]\n  dependencies: [{image: {name: a, package: a.b, range: '1'}}]\n", diagnostic.YAMLInvalid, "broken.txt:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAuthor(t)
			a.write("broken.txt", "a: [")
			a.write("manifest.yaml", "%s", head+test.spec)
			_, err := a.lock()
			require.ErrorIs(t, err, test.want)
			assert.ErrorContains(t, err, test.at)
			assert.Empty(t, a.server.Requests())
			assert.NoFileExists(t, filepath.Join(a.folder, "manifest.lock.yaml"))
		})
	}
}

func TestAllFindingsOfAllComponents(t *testing.T) {
	t.Parallel()
	a := newAuthor(t)
	a.pushIndex("index:latest", "v15.0.0")
	spec := "  repositories: [{image: '%s/index:latest'}]\n  dependencies: [{image: {name: db, package: postgres.apps, range: ^16}}]\n"
	a.write("manifest.yaml", head+"  components: {}\n"+spec, a.server.Host)
	a.write("components/one/manifest.yaml", head+spec, a.server.Host)
	plan, err := a.lock()
	found, ok := diagnostic.From(err)
	require.True(t, ok)
	require.Len(t, found, 2)
	assert.ElementsMatch(t, []string{"", "one"}, []string{found[0].Component, found[1].Component})
	require.NotNil(t, plan)
	assert.Equal(t, resolve.NotLocked, plan.Locks[0].Dependencies[0].Change)
	written, err := plan.Write(a.folder)
	require.NoError(t, err)
	assert.Empty(t, written)
}

func TestTroubleWithARegistry(t *testing.T) {
	t.Parallel()
	a := newAuthor(t)
	a.write("manifest.yaml", head+"  images: [{name: a, image: '%[1]s/a:v1'}, {name: b, image: '%[1]s/b:v1'}]\n", a.server.Host)
	plan, err := a.lock()
	require.ErrorIs(t, err, registry.ErrNotFound)
	assert.Nil(t, plan)
	assert.ErrorContains(t, err, "/a:v1")
	assert.ErrorContains(t, err, "/b:v1")
	_, finding := diagnostic.From(err)
	assert.False(t, finding)

	a.write("manifest.yaml", head+"  repositories: [{image: '%s/index:latest'}]\n  dependencies: [{image: {name: a, package: a.b, range: '1'}}]\n", a.server.Host)
	_, err = a.lock()
	require.ErrorIs(t, err, registry.ErrNotFound)

	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	_, err = resolve.Lock(ctx, packageloader.FromFolder(a.folder, packageloader.FolderOptions{}), resolve.LockOptions{Resolver: a.client})
	require.ErrorContains(t, err, "enough")
}

func TestUpgradeOfUnknownName(t *testing.T) {
	t.Parallel()
	a := newAuthor(t)
	a.write("manifest.yaml", head+"  images: [{name: web, image: 'registry.example.com/web:v1'}]\n")
	_, err := a.lock(upgrade("wbe"))
	var unknown *resolve.UnknownNameError
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, "wbe", unknown.Name)
	assert.Contains(t, unknown.Hint, "web")
}
