package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// programs is where .ci/cluster-tools has put what a cluster runs.
type programs struct{ folder, stages string }

func (p programs) path(name string) string { return filepath.Join(p.folder, name) }

// requirePrograms finds the programs that the options need.
func requirePrograms(t testing.TB, options Options) programs {
	t.Helper()
	found, err := findPrograms(options)
	if err != nil {
		leave(t, err)
	}
	return found
}

// leave skips a test for which a program has not been built, and fails it for other
// reasons and in continuous integration.
func leave(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// findPrograms fails with fs.ErrNotExist where one has not been built.
func findPrograms(options Options) (programs, error) {
	folder, err := cacheFolder()
	if err != nil {
		return programs{}, err
	}
	found := programs{folder: filepath.Join(folder, "cluster", "bin"), stages: filepath.Join(folder, "cluster", "stages")}
	needed := []string{found.path("etcd"), found.path("kube-apiserver")}
	if options.Controllers {
		needed = append(needed, found.path("kube-controller-manager"))
	}
	if options.Nodes > 0 {
		needed = append(needed, found.path("kwok"), found.stages)
	}
	for _, path := range needed {
		if err := present(path); err != nil {
			return programs{}, err
		}
	}
	return found, nil
}

// Program is the path of another program that `make cluster-tools` builds: kapp or
// helm. Where it is missing the test is skipped, and fails when CI is set.
func Program(t testing.TB, name string) string {
	t.Helper()
	folder, err := cacheFolder()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "cluster", "bin", name)
	if name == "helm" {
		path = filepath.Join(folder, "bin", name)
	}
	if err := present(path); err != nil {
		leave(t, err)
	}
	return path
}

func present(path string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("%w: run `make cluster-tools`, once", err)
	}
	return nil
}

// cacheFolder is the folder .cache of the repository that this file is in.
func cacheFolder() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) {
		return "", errors.New("the repository cannot be found: the test was built with -trimpath")
	}
	return filepath.Join(filepath.Dir(file), "..", "..", ".cache"), nil
}
