// Package depcheck keeps the import laws of the architecture, over what is
// really linked (`go list -deps`), not over what files say.
package depcheck

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/packstage/packstage"

// mayImport says which packages of ours each package may use, and with each of them
// what that one may use: the table of docs/architecture.md. A package that is not listed here fails.
var mayImport = map[string][]string{
	"diagnostic":             {},
	"diagnostic/report":      {"diagnostic"},
	"internal/sharedtext":    {},
	"internal/yamlscalar":    {},
	"internal/yamldoc":       {"diagnostic", "internal/sharedtext", "internal/yamlscalar"},
	"internal/objectmeta":    {"diagnostic"},
	"internal/casecollision": {"diagnostic"},
	"internal/imageindex":    {"diagnostic"},
	"internal/blobimage":     {"diagnostic"},
	"internal/schema":        {"internal/objectmeta"},
	"internal/celenv":        {"internal/schema"},
	"internal/settings":      {"internal/yamldoc"},
	"internal/atomicfile":    {},
	"internal/childprocess":  {},
	"internal/filelock":      {},
	"internal/pinnedgzip":    {},
	"internal/asynchash":     {},
	"internal/apigroup":      {},
	"internal/linediff":      {},
	"internal/spdx":          {},
	"internal/filewatch":     {},
	"internal/podspec":       {},
	"internal/lazyregexp":    {},
	"internal/objectyaml":    {"internal/yamlscalar"},
	"internal/sigstoretest":  {},
	"internal/randompackage": {"packagetypes"},
	"internal/plainrender":   {"packagetypes"},
	"internal/leakcheck":     {},

	"manifest":       {"internal/yamldoc"},
	"packagetypes":   {"manifest"},
	"internal/tarfs": {"packagetypes"},
	"template":       {"packagetypes", "internal/objectyaml"},
	"validate":       {"packagetypes", "internal/celenv", "internal/podspec", "internal/lazyregexp"},

	"registry/cache":              {"internal/filelock"},
	"internal/openapischema":      {},
	"internal/openapipack":        {"internal/atomicfile", "internal/openapischema"},
	"validate/kubernetes":         {"diagnostic", "internal/yamldoc", "internal/celenv", "internal/objectmeta", "internal/openapischema", "internal/schema", "manifest", "packagetypes", "validate"},
	"validate/kubernetes/builtin": {"diagnostic", "internal/yamldoc", "internal/celenv", "internal/objectmeta", "internal/openapischema", "internal/schema", "manifest", "packagetypes", "validate", "validate/kubernetes"},
	"registry":                    {"registry/cache", "internal/yamldoc", "internal/imageindex", "internal/blobimage", "internal/lazyregexp"},
	"registry/credentials":        {"registry", "internal/atomicfile"},
	"registry/registryserver":     {"diagnostic", "internal/atomicfile", "internal/lazyregexp"},
	"registry/registrytest":       {"registry/registryserver"},
	"registry/ocistore":           {"registry", "internal/atomicfile", "internal/tarfs"},
	"verify":                      {"registry", "internal/lazyregexp"},
	"verify/keyless":              {"verify"},

	"packageloader":            {"template", "validate", "verify", "internal/tarfs", "internal/casecollision", "internal/asynchash", "internal/lazyregexp"},
	"packageloader/relocation": {"packageloader", "registry/ocistore"},
	"packageloader/repository": {"packageloader", "internal/atomicfile", "internal/pinnedgzip"},
	"packagebuilder":           {"packageloader", "internal/atomicfile", "internal/pinnedgzip", "internal/spdx"},

	"installer/cluster":                   {},
	"installer/clustertest":               {"installer/cluster"},
	"installer/clustertest/apiserver":     {"installer/cluster"},
	"installer/dynamiccluster":            {"installer/cluster"},
	"installer/dynamiccluster/kubeconfig": {},
	"installer/environment":               {"installer/cluster", "manifest"},
	"installer/fields":                    {"installer/cluster", "packagetypes", "internal/linediff"},
	"installer/history":                   {"installer/cluster", "packagetypes"},
	"installer/internal/lease":            {"installer/cluster", "installer/internal/plain"},
	"installer/internal/live":             {"installer/cluster"},
	"installer/internal/plain":            {},
	"installer/internal/preflight":        {"installer/fields", "installer/internal/live", "installer/internal/plain", "packagetypes"},
	"installer/internal/retrying":         {"installer/fields"},
	"installer/probe":                     {"manifest", "installer/internal/plain", "internal/celenv"},
	"installer":                           {"installer/environment", "installer/probe", "installer/history", "installer/internal/lease", "installer/internal/preflight", "installer/internal/retrying"},

	// Tools for authors: add one line here for each.
	"author/lint":                   {"author/matrix", "internal/linediff", "internal/atomicfile", "validate/kubernetes/builtin"},
	"author/matrix":                 {"packageloader", "internal/settings"},
	"author/golden":                 {"packageloader", "internal/linediff", "internal/atomicfile"},
	"author/compare":                {"author/matrix", "internal/apigroup", "internal/linediff"},
	"author/coverage":               {"packageloader"},
	"author/docs":                   {"author/matrix"},
	"author/graph":                  {"packagetypes"},
	"author/page":                   {"author/docs", "author/graph", "internal/objectyaml", "packageloader/repository"},
	"author/editor":                 {"packagetypes", "internal/atomicfile"},
	"author/testrun":                {"author/golden", "author/matrix", "author/coverage"},
	"author/export":                 {"packagetypes", "internal/apigroup", "internal/objectyaml", "internal/pinnedgzip"},
	"author/scaffold":               {"packageloader", "internal/atomicfile", "internal/schema"},
	"author/scaffold/manifests":     {"author/scaffold"},
	"author/scaffold/chart":         {"author/scaffold", "internal/childprocess"},
	"author/scaffold/kustomization": {"author/scaffold/manifests", "internal/childprocess"},
	"author/scaffold/bundle":        {"author/scaffold/manifests"},
	"author/scaffold/starter":       {"author/scaffold"},
	"author/resolve":                {"packagebuilder", "packageloader/repository", "author/matrix"},
}

// allowed returns everything that a package may use: what the table says, and what
// that may use.
func allowed(name string) map[string]bool {
	all := map[string]bool{}
	for _, used := range mayImport[name] {
		all[used] = true
		maps.Copy(all, allowed(used))
	}
	return all
}

// anything marks the folders that may use everything: programs and tests.
var anything = []string{"cmd/", "internal/cli", "internal/benchmark", "internal/release", "internal/depcheck", "examples/", "docs"}

// nobody may link these: API types of Kubernetes and clients that bring them along,
// servers, cloud SDKs.
var nobody = []string{
	"k8s.io/api/", "k8s.io/apiserver", "k8s.io/apiextensions-apiserver", "sigs.k8s.io/controller-runtime",
	"github.com/aws/", "cloud.google.com/", "github.com/Azure/",
}

// clusterClients are for programs that reach a cluster, and for the packages that are
// apart for it: everything else asks the interfaces of installer/cluster.
var clusterClients = []string{"k8s.io/client-go"}

// mayLinkClusterClients are the packages of the table that clusterClients is for.
var mayLinkClusterClients = []string{"installer/dynamiccluster", "installer/dynamiccluster/kubeconfig"}

// keylessOnly is what verifying certificates brings along: sigstore-go, and with
// the generated types of its logs grpc and OpenTelemetry, which nothing calls. The
// program links them, and no library but the one package that is apart for it.
var keylessOnly = []string{"github.com/sigstore/", "google.golang.org/grpc", "go.opentelemetry.io"}

// mayLinkKeyless are the packages of the table that keylessOnly is for.
var mayLinkKeyless = []string{"verify/keyless"}

// requireNone wants none of the prefixes among what something links.
func requireNone(t *testing.T, dependencies, prefixes []string, who string) {
	t.Helper()
	for _, dependency := range dependencies {
		for _, prefix := range prefixes {
			require.False(t, strings.HasPrefix(dependency, prefix), "%s links %s", who, dependency)
		}
	}
}

func goList(t *testing.T, arguments ...string) []string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", append([]string{"list"}, arguments...)...)
	command.Dir = filepath.Join("..", "..")
	command.Stderr = os.Stderr
	output, err := command.Output()
	require.NoError(t, err)
	return strings.Fields(string(output))
}

func TestImportsRunAsTheTableSays(t *testing.T) {
	t.Parallel()
	for _, path := range goList(t, "./...") {
		name := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
		if slices.ContainsFunc(anything, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, listed := mayImport[name]
			require.True(t, listed, "package %q is not in the table of this test", name)
			may := allowed(name)
			dependencies := goList(t, "-deps", path)
			for _, dependency := range dependencies {
				if ours, ok := strings.CutPrefix(dependency, module+"/"); ok && ours != name {
					require.True(t, may[ours], "%s links %s", name, ours)
				}
			}
			requireNone(t, dependencies, nobody, name)
			if !slices.Contains(mayLinkClusterClients, name) {
				requireNone(t, dependencies, clusterClients, name)
			}
			if !slices.Contains(mayLinkKeyless, name) {
				requireNone(t, dependencies, keylessOnly, name)
			}
		})
	}
}

// "go install …@latest" refuses a module that replaces others.
func TestModuleCanBeInstalled(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	require.NoError(t, err)
	for line := range strings.Lines(string(content)) {
		require.False(t, strings.HasPrefix(line, "replace") || strings.HasPrefix(line, "exclude"), line)
	}
}

func TestProgramsLinkNoMoreThanTheyUse(t *testing.T) {
	t.Parallel()
	for _, path := range goList(t, "./cmd/...", "./examples/...") {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			dependencies := goList(t, "-deps", path)
			requireNone(t, dependencies, nobody, path)
			// Nothing brings a cluster client but the package that is made of one.
			if !slices.Contains(dependencies, module+"/"+mayLinkClusterClients[0]) {
				requireNone(t, dependencies, clusterClients, path)
			}
			if strings.HasPrefix(path, module+"/examples/") {
				requireNone(t, dependencies, keylessOnly, path)
			}
		})
	}
}

// loadAndRender is the smallest program that does the library's main job.
const loadAndRender = `package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func main() {
	pkg, err := packageloader.Load(context.Background(), packageloader.FromFolder(os.Args[1], packageloader.FolderOptions{}), packageloader.LoadOptions{})
	if err != nil {
		panic(err)
	}
	instance, err := packageloader.Render(context.Background(), pkg, packagetypes.Context{}, packageloader.Options{})
	if err != nil {
		panic(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(instance.Phases); err != nil {
		panic(err)
	}
}
`

// A program that only loads and renders stays under 20 MB, stripped.
func TestProgramSize(t *testing.T) {
	t.Parallel()
	const budget = 20_000_000
	folder := t.TempDir()
	source := filepath.Join(folder, "main.go")
	require.NoError(t, os.WriteFile(source, []byte(loadAndRender), 0o600))
	program := filepath.Join(folder, "program")
	command := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, source)
	command.Dir = filepath.Join("..", "..")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	info, err := os.Stat(program)
	require.NoError(t, err)
	t.Logf("%d bytes", info.Size())
	require.Less(t, info.Size(), int64(budget))
}
