package compare

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// set is what is installed: the same documents for every program.
type set struct {
	name string
	// phases of documents.
	phases [][]string
	// wait tells that the programs wait for the objects.
	wait bool
}

// objects is how many there are.
func (s set) objects() int {
	all := 0
	for _, documents := range s.phases {
		all += len(documents)
	}
	return all
}

// plain are 500 ConfigMaps, 300 Secrets and 200 ServiceAccounts in 5 phases.
func plain() set {
	s := set{name: "1,000 objects"}
	for phase := range 5 {
		var documents []string
		for i := range 200 {
			name := fmt.Sprintf("object-%d-%03d", phase, i)
			switch {
			case i%10 < 5:
				documents = append(documents, fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n  labels:\n    app.kubernetes.io/name: compare\ndata:\n  name: %s\n  text: %q\n", name, name, fmt.Sprintf("%0200d", i)))
			case i%10 < 8:
				documents = append(documents, fmt.Sprintf("apiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  labels:\n    app.kubernetes.io/name: compare\ntype: Opaque\ndata:\n  password: c2VjcmV0\n", name))
			default:
				documents = append(documents, fmt.Sprintf("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: %s\n  labels:\n    app.kubernetes.io/name: compare\n", name))
			}
		}
		s.phases = append(s.phases, documents)
	}
	return s
}

// workloads are 100 Deployments in 5 phases, which are waited for.
func workloads() set {
	s := set{name: "100 Deployments, waited for", wait: true}
	for phase := range 5 {
		var documents []string
		for i := range 20 {
			name := fmt.Sprintf("web-%d-%02d", phase, i)
			documents = append(documents, fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: %[1]s
  labels:
    app.kubernetes.io/name: compare
spec:
  replicas: 1
  selector:
    matchLabels:
      app: %[1]s
  template:
    metadata:
      labels:
        app: %[1]s
    spec:
      containers:
      - name: main
        image: registry.example.com/web:1
`, name))
		}
		s.phases = append(s.phases, documents)
	}
	return s
}

// folders are the set as a package, as files and as a chart.
type folders struct{ packaged, files, chart string }

// write writes the set in the three forms.
func (s set) write(t *testing.T) folders {
	t.Helper()
	root := t.TempDir()
	made := folders{filepath.Join(root, "package"), filepath.Join(root, "files"), filepath.Join(root, "chart")}
	put := func(path, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	manifest := "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\nmetadata:\n  name: compare\nspec:\n  scopes: [Namespaced]\n  phases:\n"
	for number, documents := range s.phases {
		phase := fmt.Sprintf("phase-%d", number)
		manifest += "  - name: " + phase + "\n"
		var all, annotated bytes.Buffer
		for _, document := range documents {
			all.WriteString("---\n" + document)
			annotated.WriteString("---\n" + withAnnotation(document, "package-operator.run/phase: "+phase))
		}
		put(filepath.Join(made.packaged, phase+".yaml"), annotated.String())
		put(filepath.Join(made.files, phase+".yaml"), all.String())
		put(filepath.Join(made.chart, "templates", phase+".yaml"), all.String())
	}
	put(filepath.Join(made.packaged, "manifest.yaml"), manifest)
	put(filepath.Join(made.chart, "Chart.yaml"), "apiVersion: v2\nname: compare\nversion: 1.0.0\n")
	return made
}

// withAnnotation adds an annotation to a document of this package.
func withAnnotation(document, annotation string) string {
	const labels = "  labels:\n"
	at := bytes.Index([]byte(document), []byte(labels))
	return document[:at] + "  annotations:\n    " + annotation + "\n" + document[at:]
}
