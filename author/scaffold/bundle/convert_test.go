package bundle_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/bundle"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

const folder = "testdata/backup-operator"

func files(t *testing.T) map[string][]byte {
	t.Helper()
	content, err := packageloader.FromFolder(folder, packageloader.FolderOptions{}).Open(t.Context(), packagetypes.Limits{})
	require.NoError(t, err)
	found := map[string][]byte{}
	for _, path := range content.Files.Paths() {
		found[path], _ = content.Files.Read(path)
	}
	return found
}

func convert(t *testing.T, files map[string][]byte, options bundle.Options) (*scaffold.Input, error) {
	t.Helper()
	set, err := packagetypes.NewFiles(files, packagetypes.Limits{})
	require.NoError(t, err)
	return bundle.Convert(set, options)
}

// render makes the package and renders it, in the way of its defaults but for config.
func render(t *testing.T, options bundle.Options, config map[string]any) map[string]map[string]any {
	t.Helper()
	input, err := convert(t, files(t), options)
	require.NoError(t, err)
	return renderInput(t, input, config)
}

func renderInput(t *testing.T, input *scaffold.Input, config map[string]any) map[string]map[string]any {
	t.Helper()
	made, err := scaffold.Make(t.Context(), *input, scaffold.Options{})
	require.NoError(t, err)
	visible := maps.Clone(made.Files)
	maps.DeleteFunc(visible, func(path string, _ []byte) bool { return strings.HasPrefix(path, ".") })
	source := packageloader.FromFiles(visible)
	found, err := packageloader.Validate(t.Context(), source, packageloader.Options{})
	require.NoError(t, err)
	require.Empty(t, found)
	pkg, err := packageloader.Load(t.Context(), source, packageloader.LoadOptions{})
	require.NoError(t, err)
	instance, err := packageloader.Render(t.Context(), pkg, packagetypes.Context{Config: config}, packageloader.Options{})
	require.NoError(t, err)
	objects := map[string]map[string]any{}
	for _, object := range instance.Objects() {
		content := object.DeepCopy()
		metadata := content["metadata"].(map[string]any)
		labels := metadata["labels"].(map[string]any)
		delete(labels, "package-operator.run/package")
		delete(labels, "package-operator.run/instance")
		if len(labels) == 0 {
			delete(metadata, "labels")
		}
		objects[scaffold.Title(content)] = content
	}
	return objects
}

// installed reads what OLM makes of the bundle, with the names of roles as we have them.
func installed(t *testing.T) map[string]map[string]any {
	t.Helper()
	data, err := os.ReadFile(folder + ".installed.yaml")
	require.NoError(t, err)
	names := strings.NewReplacer(
		"backup-operator.v1.7.0-backup-operator-controller-manager-cluster", "backup-operator-controller-manager",
		"backup-operator.v1.7.0-backup-operator-controller-manager-promoted", "backup-operator-controller-manager-watched",
	)
	objects := map[string]map[string]any{}
	for _, document := range yamldoc.Split([]byte(names.Replace(string(data)))) {
		content, err := yamldoc.DecodeMap(document, yamldoc.Options{})
		require.NoError(t, err)
		objects[scaffold.Title(content)] = content
	}
	return objects
}

// The package renders to what OLM installs, but for what the decisions say: it makes the
// namespace, and pods have no annotations of the ClusterServiceVersion that they do not
// read.
func TestPackageIsWhatOLMInstalls(t *testing.T) {
	t.Parallel()
	want := installed(t)
	got := render(t, bundle.Options{}, nil)

	require.Contains(t, got, "Namespace backup-system")
	delete(got, "Namespace backup-system")
	pod := want["Deployment backup-system/backup-operator-controller-manager"]["spec"].(map[string]any)["template"].(map[string]any)
	for _, unread := range []string{"alm-examples", "categories", "description", "operatorframework.io/suggested-namespace", "repository"} {
		delete(pod["metadata"].(map[string]any)["annotations"].(map[string]any), unread)
	}

	require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
	for name := range want {
		assert.Equal(t, want[name], got[name], name)
	}
}

func TestNamespaceIsConfiguration(t *testing.T) {
	t.Parallel()
	want := installed(t)
	got := render(t, bundle.Options{}, map[string]any{"namespace": "elsewhere"})
	moved := 0
	for name, object := range want {
		if _, namespaced := object["metadata"].(map[string]any)["namespace"]; !namespaced {
			continue
		}
		moved++
		assert.Contains(t, got, strings.Replace(name, "backup-system/", "elsewhere/", 1))
	}
	assert.NotZero(t, moved)
	for name, object := range got {
		assert.NotContains(t, string(scaffold.MarshalObject(object)), "backup-system", name)
	}
}

func TestWatchedNamespaces(t *testing.T) {
	t.Parallel()
	const deployment = "Deployment backup-system/backup-operator-controller-manager"
	targets := func(objects map[string]map[string]any) any {
		metadata := objects[deployment]["spec"].(map[string]any)["template"].(map[string]any)["metadata"].(map[string]any)
		return metadata["annotations"].(map[string]any)["olm.targetNamespaces"]
	}
	selector := func(objects map[string]map[string]any) any {
		webhooks := objects["MutatingWebhookConfiguration mbackupplan-v1.kb.io"]["webhooks"].([]any)
		return webhooks[0].(map[string]any)["namespaceSelector"]
	}
	in := func(namespace string) any {
		return map[string]any{"matchExpressions": []any{map[string]any{
			"key": "kubernetes.io/metadata.name", "operator": "In", "values": []any{namespace},
		}}}
	}
	role, promoted := "Role %s/backup-operator-controller-manager-watched", "ClusterRole backup-operator-controller-manager-watched"

	all := render(t, bundle.Options{Watch: bundle.WatchChosen}, nil)
	assert.Empty(t, targets(all))
	assert.Empty(t, selector(all))
	assert.Contains(t, all, promoted)

	chosen := render(t, bundle.Options{Watch: bundle.WatchChosen}, map[string]any{"watchNamespaces": []any{"shop"}})
	assert.Equal(t, "shop", targets(chosen))
	assert.Equal(t, in("shop"), selector(chosen))
	assert.NotContains(t, chosen, promoted)
	assert.Contains(t, chosen, strings.Replace(role, "%s", "shop", 1))
	binding := chosen["RoleBinding shop/backup-operator-controller-manager-watched"]
	assert.Equal(t, []any{map[string]any{"kind": "ServiceAccount", "name": "backup-operator-controller-manager", "namespace": "backup-system"}}, binding["subjects"])

	own := render(t, bundle.Options{Watch: bundle.WatchOwn}, map[string]any{"namespace": "own"})
	assert.NotContains(t, own, promoted)
	assert.Contains(t, own, strings.Replace(role, "%s", "own", 1))
}

// Names that YAML would read as something else are names in templates, too.
func TestNamesInTemplates(t *testing.T) {
	t.Parallel()
	changed := files(t)
	const csv = "manifests/backup-operator.clusterserviceversion.yaml"
	changed[csv] = []byte(strings.ReplaceAll(string(changed[csv]), "serviceAccountName: backup-operator-controller-manager", `serviceAccountName: "0123"`))
	input, err := convert(t, changed, bundle.Options{Watch: bundle.WatchChosen})
	require.NoError(t, err)
	objects := renderInput(t, input, map[string]any{"watchNamespaces": []any{"shop"}})
	binding := objects["RoleBinding shop/backup-operator-0123-watched"]
	assert.Equal(t, []any{map[string]any{"kind": "ServiceAccount", "name": "0123", "namespace": "backup-system"}}, binding["subjects"])
}

// A bundle that supports one namespace, or its own, is watched so.
func TestInstallModes(t *testing.T) {
	t.Parallel()
	const csv = "manifests/backup-operator.clusterserviceversion.yaml"
	for name, test := range map[string]struct {
		supported string
		roles     []string
	}{
		"own":    {"OwnNamespace", []string{"Role backup-system/backup-operator-controller-manager-watched"}},
		"single": {"SingleNamespace", []string{"Role default/backup-operator-controller-manager-watched"}},
		"all":    {"AllNamespaces", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := files(t)
			text := strings.Replace(string(changed[csv]), "supported: true", "supported: false", 1)
			changed[csv] = []byte(strings.Replace(text, test.supported+"\n    supported: false", test.supported+"\n    supported: true", 1))
			input, err := convert(t, changed, bundle.Options{})
			require.NoError(t, err)
			var roles []string
			for title := range renderInput(t, input, nil) {
				if strings.HasPrefix(title, "Role ") {
					roles = append(roles, title)
				}
			}
			assert.Equal(t, test.roles, roles)
		})
	}
}

func TestCertificatesOfOpenShift(t *testing.T) {
	t.Parallel()
	got := render(t, bundle.Options{Certificates: bundle.CertificatesOpenShift}, nil)
	service := got["Service backup-system/backup-operator-controller-manager-service"]["metadata"].(map[string]any)
	assert.Equal(t, map[string]any{
		"service.beta.openshift.io/serving-cert-secret-name": "backup-operator-controller-manager-service-cert",
	}, service["annotations"])
	webhook := got["ValidatingWebhookConfiguration vbackupstore-v1.kb.io"]["metadata"].(map[string]any)
	assert.Equal(t, map[string]any{"service.beta.openshift.io/inject-cabundle": "true"}, webhook["annotations"])
	for name := range got {
		assert.NotContains(t, name, "Certificate ")
		assert.NotContains(t, name, "Issuer ")
	}
}

func TestWhatIsNoBundle(t *testing.T) {
	t.Parallel()
	const csv = "manifests/backup-operator.clusterserviceversion.yaml"
	replace := func(old, new string) func(map[string][]byte) {
		return func(files map[string][]byte) {
			files[csv] = []byte(strings.Replace(string(files[csv]), old, new, 1))
		}
	}
	for name, test := range map[string]struct {
		change func(map[string][]byte)
		want   string
		code   diagnostic.Code
	}{
		"no CSV": {func(f map[string][]byte) { delete(f, csv) }, "there is no ClusterServiceVersion", diagnostic.ImportUnsupported},
		"two":    {func(f map[string][]byte) { f["manifests/zz.yaml"] = f[csv] }, "a second ClusterServiceVersion", diagnostic.ImportUnsupported},
		"nothing": {func(f map[string][]byte) {
			maps.DeleteFunc(f, func(string, []byte) bool { return true })
			f["a.txt"] = nil
		}, "no manifests", diagnostic.ImportUnsupported},
		"another format": {func(f map[string][]byte) {
			f["metadata/annotations.yaml"] = []byte("annotations: {operators.operatorframework.io.bundle.mediatype.v1: plain+v0}\n")
		}, `the format "plain+v0"`, diagnostic.ImportUnsupported},
		"strategy":           {replace("strategy: deployment", "strategy: magic"), `the install strategy is "magic"`, diagnostic.ImportUnsupported},
		"missing CRD":        {func(f map[string][]byte) { delete(f, "manifests/backup.example.com_backupstores.yaml") }, "owns backupstores.backup.example.com", diagnostic.ImportUnsupported},
		"webhook of nothing": {replace("deploymentName: backup-operator-controller-manager\n    failurePolicy", "deploymentName: other\n    failurePolicy"), `the deployment "other", which there is not`, diagnostic.ImportUnsupported},
		"API services":       {replace("  install:\n", "  apiservicedefinitions: {owned: [{name: v1.example.com}]}\n  install:\n"), "serves APIs of its own", diagnostic.ImportUnsupported},
		"not YAML":           {func(f map[string][]byte) { f[csv] = []byte("a: [\n") }, "", diagnostic.YAMLInvalid},
		"unknown fields kept": {func(f map[string][]byte) {
			f["manifests/backup.example.com_backupplans.yaml"] = []byte(strings.Replace(string(f["manifests/backup.example.com_backupplans.yaml"]), "  scope:", "  preserveUnknownFields: true\n  scope:", 1))
		}, "preserves unknown fields", diagnostic.ImportUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := files(t)
			test.change(changed)
			_, err := convert(t, changed, bundle.Options{})
			found, ok := diagnostic.From(err)
			require.True(t, ok, "%v", err)
			require.NotEmpty(t, found)
			assert.Equal(t, test.code, found[0].Code)
			assert.Contains(t, found[0].Message, test.want)
		})
	}
}
