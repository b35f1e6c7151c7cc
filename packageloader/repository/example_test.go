package repository_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader/repository"
)

func Example() {
	folder, err := os.MkdirTemp("", "index")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)

	index, err := repository.New("demo")
	if err != nil {
		panic(err)
	}
	// Describe makes the entry of an image in a registry.
	entry := repository.Entry{
		Name: "shop", Image: "registry.example.com/shop", Versions: []string{"v1.2.0", "v1.10.0"},
		Digest: "sha256:6ae8a75555209fd6c44157c0aed8016e763ff435a19cf186f76863140143ff72",
	}
	if _, err := index.Add(entry, repository.AddOptions{}); err != nil {
		panic(err)
	}
	path := filepath.Join(folder, "demo.yaml")
	if err := index.WriteFile(path); err != nil {
		panic(err)
	}

	read, _, err := repository.ReadFile(path, manifest.RepositoryLimits{})
	if err != nil {
		panic(err)
	}
	for _, entry := range read.Entries() {
		fmt.Println(entry.Name, entry.Versions, entry.Reference())
	}
	// Output: shop [v1.10.0 v1.2.0] registry.example.com/shop@sha256:6ae8a75555209fd6c44157c0aed8016e763ff435a19cf186f76863140143ff72
}
