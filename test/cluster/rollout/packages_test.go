package rollout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// subject is a package, or a component of one, with what it renders to.
type subject struct {
	name string
	// namespace is where its releases live, which the platform has.
	namespace string
	cases     []rendered
	// withoutKindRules leaves what no probe of the package selects unjudged.
	withoutKindRules bool
}

// rendered is one test context of a subject.
type rendered struct {
	name     string
	instance *packagetypes.Instance
}

// withoutKindRules are the packages that can only be installed so, and why.
var withoutKindRules = map[string]string{
	"deadmanssnitch-operator": "the pods of its Job, in the first phase, need a ServiceAccount of the second one: the Job never completes before that",
}

// namespaces are those of packages in scope Namespaced whose objects name one, whatever
// the context says.
var namespaces = map[string]string{"nginx": "default"}

// configs are what packages need beside what their contexts say.
var configs = map[string]map[string]any{
	// The defaults of its configuration give a container without an image, which the
	// server refuses.
	"route-monitor-operator": {"image": "registry.example.com/route-monitor-operator:1"},
}

// subjects are all packages of examples/packages and of the conformance set's real
// ones, with their components, each rendered with all contexts of its manifest. No object
// is left out: the webhooks that have no backend here are for kinds of which no package
// has an object, or in the hosted cluster, where nothing else is written.
func subjects(t *testing.T) []subject {
	t.Helper()
	var all []subject
	for _, folder := range packageFolders(t) {
		author := os.DirFS(folder)
		suites, found, err := matrix.Open(t.Context(), packageloader.FromFolder(folder, packageloader.FolderOptions{}), matrix.Options{Author: author})
		require.NoError(t, err)
		require.Empty(t, found.WithSeverity(diagnostic.Error), folder)
		require.NotEmpty(t, suites, folder)
		for _, suite := range suites {
			s := subject{name: suite.Package.Name, namespace: "release-of-" + suite.Package.Name}
			if suite.Package.Component != "" {
				root := filepath.Base(folder)
				s.name, s.namespace = root+"-"+s.name, "release-of-"+root+"-"+suite.Package.Name
			}
			if namespace, ok := namespaces[s.name]; ok {
				s.namespace = namespace
			}
			_, s.withoutKindRules = withoutKindRules[s.name]
			s.cases = renderCases(t, suite, s.namespace, folder)
			require.NotEmpty(t, s.cases, s.name)
			all = append(all, s)
		}
	}
	return all
}

// packageFolders are the folders of all packages. A conformance set that is not there
// leaves the examples.
func packageFolders(t *testing.T) []string {
	t.Helper()
	manifests, err := filepath.Glob(filepath.Join("..", "..", "..", "examples", "packages", "*", "manifest.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, manifests)
	set, isSet := os.LookupEnv("PACKSTAGE_CONFORMANCE")
	if !isSet {
		set = filepath.Join("..", "..", "..", "..", "shared", "conformance")
	}
	rendering, err := filepath.Glob(filepath.Join(set, "real", "*", "package", "manifest.yaml"))
	require.NoError(t, err)
	if isSet {
		require.NotEmpty(t, rendering, "no conformance set")
	}
	if len(rendering) == 0 {
		t.Log("no conformance set beside the repository: only the examples")
	}
	var folders []string
	for _, path := range append(manifests, rendering...) {
		folders = append(folders, filepath.Dir(path))
	}
	return folders
}

// renderCases renders the contexts of a manifest; of a package of the conformance set
// that has none that of its case. Releases in scope Namespaced get a namespace of their
// own, since all share a cluster.
func renderCases(t *testing.T, suite *matrix.Suite, namespace, folder string) []rendered {
	t.Helper()
	cases := suite.Cases
	if len(cases) == 0 {
		cases = []matrix.Case{conformanceCase(t, folder)}
	}
	var all []rendered
	for _, c := range cases {
		if c.Origin == matrix.FromFile || c.Environment != "" {
			continue
		}
		if c.Context.Scope == manifest.ScopeNamespaced {
			c.Context.Package.Metadata.Namespace = namespace
		}
		if config, ok := configs[suite.Package.Name]; ok {
			c.Context.Config = config
		}
		instance, err := suite.Render(t.Context(), c)
		require.NoError(t, err, "%s %s", folder, c.Name)
		all = append(all, rendered{strings.ReplaceAll(c.Name, " ", "-"), instance})
	}
	return all
}

// conformanceCase is what the case of a package is rendered with.
func conformanceCase(t *testing.T, folder string) matrix.Case {
	t.Helper()
	path := filepath.Join(folder, "..", "context.yaml")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	context, found := manifest.DecodeContext(path, data)
	require.Empty(t, found.WithSeverity(diagnostic.Error))
	return matrix.Case{Name: "conformance", Context: packagetypes.Context{
		Scope: context.Scope, Package: context.Package, Config: context.Config, Environment: context.Environment,
	}}
}
