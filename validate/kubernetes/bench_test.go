package kubernetes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
	"github.com/packstage/packstage/validate/kubernetes"
	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

// rendered is an instance with that many objects of five kinds.
func rendered(t testing.TB, objects int) validate.Subject {
	t.Helper()
	files := map[string][]byte{"manifest.yaml": []byte(manifestHead)}
	for i := range objects {
		object := []string{
			deployment("        resources: {limits: {cpu: 500m, memory: 1Gi}}\n        ports: [{containerPort: 80}]\n", "  replicas: 2\n"),
			object("v1", "Service", "spec: {ports: [{port: 80, targetPort: http}]}\n"),
			object("v1", "ConfigMap", "data: {a: b, c: d}\n"),
			object("rbac.authorization.k8s.io/v1", "Role", "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]\n"),
			object("networking.k8s.io/v1", "NetworkPolicy", "spec: {podSelector: {}, policyTypes: [Ingress]}\n"),
		}[i%5]
		name := fmt.Sprintf("x%d", i)
		files[name+".yaml"] = []byte(strings.Replace(object, "name: x\n", "name: "+name+"\n", 1))
	}
	pkg, err := packageloader.Load(t.Context(), packageloader.FromFiles(files), packageloader.LoadOptions{})
	require.NoError(t, err)
	instance, err := packageloader.Render(t.Context(), pkg, packagetypes.Context{}, packageloader.Options{})
	require.NoError(t, err)
	return validate.Subject{Package: pkg, Instance: instance}
}

// BenchmarkFirstCheck checks 300 objects with a catalog that was just opened.
func BenchmarkFirstCheck(b *testing.B) {
	subject := rendered(b, 300)
	kinds, definitions := builtinData(b)
	b.ReportAllocs()
	for b.Loop() {
		catalog, err := kubernetes.OpenCatalog(kinds, definitions)
		require.NoError(b, err)
		require.Empty(b, kubernetes.New(kubernetes.Options{Builtin: catalog}).Check(subject))
	}
}

// BenchmarkCheck checks 300 objects with schemas that were used before.
func BenchmarkCheck(b *testing.B) {
	subject := rendered(b, 300)
	checker := kubernetes.New(kubernetes.Options{Builtin: builtin.Catalog()})
	b.ReportAllocs()
	for b.Loop() {
		require.Empty(b, checker.Check(subject))
	}
}

// BenchmarkFirstCheckOfCustomKinds checks an object of each of 30 kinds that the package
// defines, with rules, by a checker that has seen none of them.
func BenchmarkFirstCheckOfCustomKinds(b *testing.B) {
	var objects []packagetypes.Object
	for i := range 30 {
		text := strings.ReplaceAll(`apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgetNs.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: WidgetN, plural: widgetNs}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties: {size: {type: integer}}
            x-kubernetes-validations: [{rule: self.size > 0}]
---
apiVersion: example.com/v1
kind: WidgetN
metadata: {name: a}
spec: {size: 1}
`, "N", fmt.Sprint(i))
		for _, document := range yamldoc.Split([]byte(text)) {
			content, err := yamldoc.DecodeMap(document, yamldoc.Options{})
			require.NoError(b, err)
			objects = append(objects, packagetypes.NewObject(content, diagnostic.Position{}, nil, ""))
		}
	}
	subject := validate.Subject{
		Package:  &packagetypes.Package{Manifest: &manifest.PackageManifest{}},
		Instance: &packagetypes.Instance{Phases: []packagetypes.Phase{{Name: "a", Objects: objects}}},
	}
	catalog := builtin.Catalog()
	b.ReportAllocs()
	for b.Loop() {
		require.Empty(b, kubernetes.New(kubernetes.Options{Builtin: catalog}).Check(subject))
	}
}
