package validate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

const (
	manifestHeader = "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\n"
	lockHeader     = "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\n"
	validStart     = manifestHeader + "metadata: {name: demo}\nspec:\n  scopes: [Namespaced]\n  phases: [{name: deploy}]\n"
	someDigest     = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

// newPackage decodes a package; an empty lock is none.
func newPackage(t testing.TB, manifestYAML, lockYAML string) *packagetypes.Package {
	t.Helper()
	contents := map[string][]byte{"manifest.yaml": []byte(manifestYAML)}
	pkg := &packagetypes.Package{Name: "demo", ManifestPath: "manifest.yaml"}
	var found diagnostic.Diagnostics
	pkg.Manifest, found = manifest.Decode("manifest.yaml", contents["manifest.yaml"])
	require.Empty(t, found)
	if lockYAML != "" {
		contents["manifest.lock.yaml"] = []byte(lockYAML)
		pkg.LockPath = "manifest.lock.yaml"
		pkg.Lock, found = manifest.DecodeLock(pkg.LockPath, []byte(lockYAML))
		require.Empty(t, found)
	}
	var err error
	pkg.Files, err = packagetypes.NewFiles(contents, packagetypes.Limits{})
	require.NoError(t, err)
	return pkg
}

func summaries(found diagnostic.Diagnostics) []string {
	var lines []string
	for _, d := range found {
		lines = append(lines, fmt.Sprintf("%s %s %s [%s]", d.Position, d.Severity, d.Field, d.Code))
	}
	return lines
}

func TestPackageRules(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		manifest, lock string
		want           []string
	}{
		"valid": {manifest: validStart},
		"nothing set": {
			manifest: manifestHeader + "spec: {}\n",
			want: []string{
				"manifest.yaml:1 error metadata.name [manifest-required]",
				"manifest.yaml:3:1 error spec.phases [manifest-required]",
				"manifest.yaml:3:1 error spec.scopes [manifest-required]",
			},
		},
		"names and scopes": {
			manifest: manifestHeader + "metadata: {name: -bad-}\nspec:\n  scopes: [Clutser]\n  phases: [{name: a}, {name: b}, {name: a}, {class: x}]\n",
			want: []string{
				"manifest.yaml:3:18 error metadata.name [manifest-invalid-value]",
				"manifest.yaml:5:12 error spec.scopes[0] [manifest-invalid-value]",
				"manifest.yaml:6:41 error spec.phases[2].name [manifest-duplicate-name]",
				"manifest.yaml:6:45 error spec.phases[3].name [manifest-required]",
			},
		},
		"names of phases that cannot be read": {
			manifest: manifestHeader + "metadata: {name: a}\nspec:\n  scopes: [Cluster]\n  phases:\n" +
				"  - {name: \"Deploy the Größe, 2nd/part_1\"}\n  - {name: \"a \"}\n  - {name: \" \"}\n  - {name: \"a\\n\"}\n" +
				"  - {name: \"a\\nb\"}\n  - {name: \"a\\e[31m\"}\n  - {name: \"a\\u200bb\"}\n  - {name: \"a\\u00a0b\"}\n",
			want: []string{
				"manifest.yaml:8:12 warning spec.phases[1].name [manifest-invalid-value]",
				"manifest.yaml:9:12 warning spec.phases[2].name [manifest-invalid-value]",
				"manifest.yaml:10:12 warning spec.phases[3].name [manifest-invalid-value]",
				"manifest.yaml:11:12 warning spec.phases[4].name [manifest-invalid-value]",
				"manifest.yaml:12:12 warning spec.phases[5].name [manifest-invalid-value]",
				"manifest.yaml:13:12 warning spec.phases[6].name [manifest-invalid-value]",
				"manifest.yaml:14:12 warning spec.phases[7].name [manifest-invalid-value]",
			},
		},
		"probes": {
			manifest: validStart + `  availabilityProbes:
  - probes: [{condition: {type: A}}, {}, {cel: {}, fieldValue: {}}]
    selector: {kind: {group: apps}}
  - {}
`,
			want: []string{
				"manifest.yaml:8:15 error spec.availabilityProbes[0].probes[0].condition.status [manifest-required]",
				"manifest.yaml:8:38 warning spec.availabilityProbes[0].probes[1] [manifest-invalid-value]",
				"manifest.yaml:8:42 warning spec.availabilityProbes[0].probes[2] [manifest-invalid-value]",
				"manifest.yaml:8:43 error spec.availabilityProbes[0].probes[2].cel.rule [manifest-required]",
				"manifest.yaml:8:52 error spec.availabilityProbes[0].probes[2].fieldValue.fieldPath [manifest-required]",
				"manifest.yaml:9:16 error spec.availabilityProbes[0].selector.kind.kind [manifest-required]",
				"manifest.yaml:10:5 error spec.availabilityProbes[1].probes [manifest-required]",
				"manifest.yaml:10:5 warning spec.availabilityProbes[1].selector [manifest-required]",
			},
		},
		"filter": {
			manifest: validStart + "  filter:\n    conditions: [{name: a-b, expression: x}, {name: ok, expression: y}, {name: ok, expression: y}]\n    paths: [{glob: '[', expression: x}, {expression: y}]\n",
			want: []string{
				"manifest.yaml:8:25 error spec.filter.conditions[0].name [manifest-invalid-value]",
				"manifest.yaml:8:80 error spec.filter.conditions[2].name [manifest-duplicate-name]",
				"manifest.yaml:9:20 error spec.filter.paths[0].glob [manifest-invalid-value]",
				"manifest.yaml:9:41 error spec.filter.paths[1].glob [manifest-required]",
			},
		},
		"constraints": {
			manifest: validStart + "  constraints:\n  - platform: [Kubernetes, OpenShift, Nomad]\n  - platformVersion: {name: Kubernetes, range: '>>1'}\n  - platformVersion: {name: Kubernetes}\n  - uniqueInScope: {}\n",
			want: []string{
				"manifest.yaml:8:39 error spec.constraints[0].platform[2] [manifest-invalid-value]",
				"manifest.yaml:9:48 error spec.constraints[1].platformVersion.range [manifest-invalid-value]",
				"manifest.yaml:10:5 error spec.constraints[2].platformVersion.range [manifest-required]",
			},
		},
		"repositories and dependencies": {
			manifest: validStart + "  repositories: [{file: a, image: b}]\n  dependencies: [{image: {name: db, package: pg.repo, range: nope}}, {}]\n",
			want: []string{
				"manifest.yaml:7:18 error spec.repositories[0] [manifest-invalid-value]",
				"manifest.yaml:8:18 warning spec.dependencies[0] [lock-missing]",
				"manifest.yaml:8:62 error spec.dependencies[0].image.range [manifest-invalid-value]",
				"manifest.yaml:8:70 error spec.dependencies[1].image [manifest-required]",
			},
		},
		"test cases": {
			manifest: validStart + "test: {template: [{name: a}, {name: a}]}\n",
			want:     []string{"manifest.yaml:7:37 error test.template[1].name [manifest-duplicate-name]"},
		},
		"images without a lock": {
			manifest: validStart + "  images: [{name: app, image: 'quay.io/a:v1'}, {name: bad, image: 'A B'}]\n",
			want: []string{
				"manifest.yaml:7:31 error spec.images[0].image [lock-missing]",
				"manifest.yaml:7:67 error spec.images[1].image [lock-missing]",
				"manifest.yaml:7:67 error spec.images[1].image [manifest-invalid-value]",
			},
		},
		"lock that does not fit": {
			manifest: validStart + "  images: [{name: app, image: 'quay.io/a:v1'}, {name: db, image: 'postgres:16'}]\n",
			lock:     lockHeader + "spec:\n  images:\n  - {name: app, image: 'quay.io/a:v2', digest: '" + someDigest + "'}\n  - {name: app, image: 'quay.io/a:v2', digest: 'sha256:xyz'}\n",
			want: []string{
				"manifest.lock.yaml:6:12 error spec.images[1].name [manifest-duplicate-name]",
				"manifest.lock.yaml:6:48 error spec.images[1].digest [lock-invalid-digest]",
				"manifest.yaml:7:31 error spec.images[0].image [lock-mismatch]",
				"manifest.yaml:7:66 error spec.images[1].image [lock-missing]",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pkg := newPackage(t, test.manifest, test.lock)
			found := validate.Run(validate.Subject{Package: pkg}, validate.PackageRules()...)
			require.Equal(t, test.want, summaries(found))
		})
	}
}

func TestLockedImages(t *testing.T) {
	t.Parallel()
	pkg := newPackage(t, validStart, lockHeader+`spec:
  images:
  - {name: app, image: 'quay.io/org/app:v1', digest: '`+someDigest+`'}
  - {name: db, image: 'postgres:16', digest: '`+someDigest+`'}
  - {name: dk, image: docker.io/library/redis, digest: '`+someDigest+`'}
  dependencies:
  - {name: dep, image: 'localhost:5000/dep', digest: '`+someDigest+`', version: 1.2.3}
`)
	images, dependencies := validate.LockedImages(pkg.Lock)
	require.Equal(t, map[string]string{
		"app": "quay.io/org/app@" + someDigest,
		"db":  "index.docker.io/library/postgres@" + someDigest,
		"dk":  "index.docker.io/library/redis@" + someDigest,
	}, images)
	require.Equal(t, map[string]string{"dep": "localhost:5000/dep@" + someDigest}, dependencies)
}

func TestForAuthorsRaisesWarningsAboutThePackage(t *testing.T) {
	t.Parallel()
	found := validate.ForAuthors(diagnostic.Diagnostics{
		{Code: diagnostic.ManifestUnknownField, Severity: diagnostic.Warning, Message: "a"},
		{Code: diagnostic.ConfigUnknownKey, Severity: diagnostic.Warning, Message: "b"},
		{Code: diagnostic.SchemaUnknownKeyword, Severity: diagnostic.Warning, Message: "c"},
	})
	var severities []string
	for _, d := range found {
		severities = append(severities, d.Message+" "+d.Severity.String())
	}
	require.ElementsMatch(t, []string{"a error", "b warning", "c error"}, severities)
}

func ExampleRule() {
	owner := validate.RuleFunc(func(subject validate.Subject) diagnostic.Diagnostics {
		if subject.Package.Manifest.Metadata.Annotations["example.com/owner"] != "" {
			return nil
		}
		return diagnostic.Diagnostics{{
			Code: "example/owner", Field: "metadata.annotations", Message: "the package has no owner",
			Hint: "add the annotation example.com/owner",
		}}
	})
	data := []byte(strings.TrimSpace(`
apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: demo
`))
	decoded, _ := manifest.Decode("manifest.yaml", data)
	files, _ := packagetypes.NewFiles(map[string][]byte{"manifest.yaml": data}, packagetypes.Limits{})
	pkg := &packagetypes.Package{Manifest: decoded, ManifestPath: "manifest.yaml", Files: files}
	fmt.Println(validate.Run(validate.Subject{Package: pkg}, owner))
	// Output: manifest.yaml:3:1: metadata.annotations: the package has no owner (add the annotation example.com/owner) [example/owner]
}
