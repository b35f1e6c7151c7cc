package kubeconfig_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/installer/dynamiccluster/kubeconfig"
)

// A program gives os.Getenv, and what its flags say: here a file that it has written.
func ExampleLoad() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "config")
	content := `{apiVersion: v1, kind: Config, current-context: shop,
  clusters: [{name: shop, cluster: {server: "https://shop.example.com"}}],
  contexts: [{name: shop, context: {cluster: shop, namespace: web}}]}`
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		panic(err)
	}

	config, namespace, err := kubeconfig.Load(file, "", os.Getenv)
	if err != nil {
		panic(err)
	}
	if _, err := dynamiccluster.New(config); err != nil {
		panic(err)
	}
	fmt.Println(config.Host, namespace)
	// Output: https://shop.example.com web
}
