package kustomization_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/kustomization"
)

// builder has one answer; kustomization.Program calls the kustomize program.
type builder struct{}

func (builder) Build(context.Context, string) ([]byte, error) {
	return []byte("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: shop\ndata:\n  greeting: Hello\n"), nil
}

// What a kustomization builds becomes a package.
func ExampleConvert() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte("namespace: shop\nresources: [settings.yaml]\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	input, err := kustomization.Convert(context.Background(), builder{}, folder, kustomization.Options{})
	if err != nil {
		log.Fatal(err)
	}
	made, err := scaffold.Make(context.Background(), *input, scaffold.Options{Name: "shop"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", made.Files["configuration/configmap-settings.yaml.gotmpl"])
	// Output:
	// apiVersion: v1
	// kind: ConfigMap
	// metadata:
	//   name: settings
	//   namespace: "{{ .package.metadata.namespace }}"
	//   annotations:
	//     package-operator.run/phase: configuration
	// data:
	//   greeting: Hello
}
