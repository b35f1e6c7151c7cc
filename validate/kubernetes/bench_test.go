package kubernetes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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
