package export_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/export"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

var update = flag.Bool("update", false, "write the golden files")

func object(apiVersion, kind, name string, more map[string]any) packagetypes.Object {
	content := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name}}
	maps.Copy(content, more)
	return packagetypes.NewObject(content, diagnostic.Position{File: strings.ToLower(kind) + ".yaml", Line: 1}, nil, "")
}

func probeOf(group, kind string, probes ...manifest.Probe) manifest.AvailabilityProbe {
	return manifest.AvailabilityProbe{Selector: manifest.ProbeSelector{Kind: &manifest.ProbeSelectorKind{Group: group, Kind: kind}}, Probes: probes}
}

// shop has everything that an export has to think of.
func shop() *packagetypes.Instance {
	adopted := packagetypes.NewObject(map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": "web"}},
		diagnostic.Position{}, []packagetypes.ConditionMapping{{}}, packagetypes.CollisionProtectionNone)
	labelled := probeOf("shops.example.com", "Shop", manifest.Probe{Condition: &manifest.ProbeCondition{Type: "Open", Status: "True"}})
	labelled.Selector.Selector = &manifest.LabelSelector{}
	return &packagetypes.Instance{
		Name: "my.shop", Namespace: "market", Scope: manifest.ScopeNamespaced, ImageDigest: "sha256:" + strings.Repeat("1", 64),
		Phases: []packagetypes.Phase{
			{Name: "crds", Objects: []packagetypes.Object{
				object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "shops.shops.example.com", map[string]any{"spec": map[string]any{"group": "shops.example.com"}}),
			}},
			{Name: "deploy", Objects: []packagetypes.Object{
				object("v1", "Secret", "login", map[string]any{"data": map[string]any{"password": "c2VjcmV0"}}),
				object("apps/v1", "Deployment", "web", nil), adopted,
			}},
			{Name: "shop", Class: "hosted", Objects: []packagetypes.Object{
				object("shops.example.com/v1", "Shop", "main", map[string]any{"metadata": map[string]any{
					"name": "main", "annotations": map[string]any{"argocd.argoproj.io/sync-wave": "7"},
				}}),
				object("shops.example.com/v1", "Shop", "second", nil),
				object("other.example.com/v1", "Till", "till", nil),
			}},
		},
		AvailabilityProbes: []manifest.AvailabilityProbe{
			probeOf("apps", "Deployment", manifest.Probe{Condition: &manifest.ProbeCondition{Type: "Available", Status: "True"}}),
			probeOf("shops.example.com", "Shop",
				manifest.Probe{Condition: &manifest.ProbeCondition{Type: `O"pen`, Status: "True"}},
				manifest.Probe{FieldsEqual: &manifest.ProbeFieldsEqual{FieldA: ".status.ready", FieldB: ".spec.shelves"}},
				manifest.Probe{FieldValue: &manifest.ProbeFieldValue{FieldPath: ".status.phase", Value: "Ready"}},
				manifest.Probe{CEL: &manifest.ProbeCEL{Rule: "self.status.sold > 3 && self.?spec.hasValue()"}},
				manifest.Probe{CEL: &manifest.ProbeCEL{Rule: "size(self) > 3"}},
				manifest.Probe{FieldValue: &manifest.ProbeFieldValue{FieldPath: ".status.list[0]", Value: "x"}}),
			labelled,
		},
	}
}

func compare(t *testing.T, name string, content []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, content, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(content))
}

var artifact = export.ArtifactSource{Repository: "registry.example.com/deploy/shop", Digest: "sha256:" + strings.Repeat("2", 64)}

func TestFolders(t *testing.T) {
	t.Parallel()
	files, err := export.Folders(shop())
	require.NoError(t, err)
	require.Equal(t, []string{
		"01-crds/001-customresourcedefinition-shops.shops.example.com.yaml",
		"02-deploy/001-secret-login.yaml", "02-deploy/002-deployment-web.yaml", "02-deploy/003-service-web.yaml",
		"03-shop/001-shop-main.yaml", "03-shop/002-shop-second.yaml", "03-shop/003-till-till.yaml",
	}, slices.Sorted(maps.Keys(files.Contents)))
	require.Equal(t, "# phase: deploy, source: deployment.yaml:1\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n",
		string(files.Contents["02-deploy/002-deployment-web.yaml"]))
	require.Equal(t, []string{"the data of 1 Secret stands in the files in plain text: keep them where only those who may know it can read"}, files.Remarks)
}

// Names that a package gives to phases and files stay in the comment.
func TestCommentsOfFolders(t *testing.T) {
	t.Parallel()
	const name = "a\nkind: Evil\n---\u2028kind: Evil\u2028#"
	files, err := export.Folders(&packagetypes.Instance{Phases: []packagetypes.Phase{{Name: name, Objects: []packagetypes.Object{
		packagetypes.NewObject(map[string]any{"kind": "Good"}, diagnostic.Position{File: name + ".yaml", Line: 1}, nil, ""),
	}}}})
	require.NoError(t, err)
	require.Len(t, files.Contents, 1)
	for _, content := range files.Contents {
		require.Equal(t, `# phase: a\u000akind: Evil\u000a---\u2028kind: Evil\u2028#, source: a\u000akind: Evil\u000a---\u2028kind: Evil\u2028#.yaml:1`+"\nkind: Good\n", string(content))
	}
}

func TestFlux(t *testing.T) {
	t.Parallel()
	content, remarks, err := export.Flux(shop(), export.FluxOptions{Artifact: artifact})
	require.NoError(t, err)
	compare(t, "flux.yaml", content)
	compare(t, "flux-remarks.txt", []byte(strings.Join(remarks, "\n")+"\n"))

	content, _, err = export.Flux(shop(), export.FluxOptions{SourceKind: "GitRepository", SourceName: "fleet", Path: "a/b"})
	require.NoError(t, err)
	require.NotContains(t, string(content), "OCIRepository")
	require.Contains(t, string(content), "path: ./a/b/01-crds")

	_, _, err = export.Flux(shop(), export.FluxOptions{})
	require.ErrorContains(t, err, "repository of the artifact")
	_, _, err = export.Flux(shop(), export.FluxOptions{Artifact: export.ArtifactSource{Repository: "registry.example.com/x", Digest: "v1"}})
	require.ErrorContains(t, err, "begins with sha256:")
	_, _, err = export.Flux(shop(), export.FluxOptions{Artifact: artifact, SourceName: "x"})
	require.ErrorContains(t, err, "either an artifact or one that there is")
}

func TestArgoCD(t *testing.T) {
	t.Parallel()
	content, remarks, err := export.ArgoCD(shop(), export.ArgoCDOptions{Artifact: artifact})
	require.NoError(t, err)
	compare(t, "application.yaml", content)
	compare(t, "argocd-remarks.txt", []byte(strings.Join(remarks, "\n")+"\n"))
	content, _, err = export.ArgoCD(shop(), export.ArgoCDOptions{RepositoryURL: "https://git.example.com/fleet.git", Path: "apps/shop", Revision: "main"})
	require.NoError(t, err)
	require.Contains(t, string(content), "path: apps/shop\n")
	_, _, err = export.ArgoCD(shop(), export.ArgoCDOptions{Artifact: artifact, RepositoryURL: "x"})
	require.ErrorContains(t, err, "either an artifact or a Git repository")

	instance := shop()
	files, err := export.Waves(instance)
	require.NoError(t, err)
	require.Contains(t, string(files.Contents["02-deploy/002-deployment-web.yaml"]), `argocd.argoproj.io/sync-wave: "1"`)
	main := string(files.Contents["03-shop/001-shop-main.yaml"])
	require.Contains(t, main, `argocd.argoproj.io/sync-wave: "7"`, "what the author wrote stays")
	require.Contains(t, main, "SkipDryRunOnMissingResource=true")
	require.NotContains(t, string(files.Contents["03-shop/003-till-till.yaml"]), "SkipDryRun", "another's definition has to be there")
	for _, one := range instance.Objects() {
		metadata := one.Content()["metadata"].(map[string]any)
		if one.Name() != "main" {
			require.NotContains(t, metadata, "annotations", "the instance stays as it is")
		}
	}
}

func TestPackageResource(t *testing.T) {
	t.Parallel()
	pkg, instance := &packagetypes.Package{Component: "web"}, shop()
	content, err := export.PackageResource(pkg, instance, "registry.example.com/shop@sha256:1", map[string]any{"replicas": int64(3)})
	require.NoError(t, err)
	compare(t, "package.yaml", content)
	instance.Scope = manifest.ScopeCluster
	content, err = export.PackageResource(&packagetypes.Package{}, instance, "registry.example.com/shop@sha256:1", nil)
	require.NoError(t, err)
	compare(t, "clusterpackage.yaml", content)
	_, err = export.PackageResource(pkg, instance, "", nil)
	require.ErrorContains(t, err, "it installs images only")
}

func TestArtifact(t *testing.T) {
	t.Parallel()
	instance := shop()
	files, err := export.Folders(instance)
	require.NoError(t, err)
	image, err := export.Artifact(files, instance)
	require.NoError(t, err)
	digest, err := image.Digest()
	require.NoError(t, err)
	require.Equal(t, "sha256:", digest.String()[:7])
	again, err := export.Artifact(&export.Files{Contents: maps.Clone(files.Contents)}, instance)
	require.NoError(t, err)
	other, err := again.Digest()
	require.NoError(t, err)
	require.Equal(t, digest, other)
	layers, err := image.Layers()
	require.NoError(t, err)
	require.Len(t, layers, 1)
	require.NoError(t, validate.Layer(layers[0]), "digests and sizes are what they say")
	manifest, err := image.Manifest()
	require.NoError(t, err)
	require.Equal(t, types.OCIManifestSchema1, manifest.MediaType)
	require.Equal(t, types.OCIConfigJSON, manifest.Config.MediaType)
	require.Equal(t, types.OCILayer, manifest.Layers[0].MediaType)
	content := readLayer(t, image)
	for path, text := range files.Contents {
		require.Equal(t, string(text), content[path])
	}
	require.Len(t, content, len(files.Contents))
}
