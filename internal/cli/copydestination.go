package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/packstage/packstage/packageloader/relocation"
	"github.com/packstage/packstage/registry"
)

// parseDestination finds out where a package goes: an image tar by its name, a
// registry reference by its host, and else an image layout.
func parseDestination(argument string, client *registry.Client) (relocation.Place, error) {
	if argument == "" {
		return relocation.Place{}, usagef("the destination is empty")
	}
	if err := checkImageOutput(argument); err != nil {
		return relocation.Place{}, err
	}
	if isTar(argument) {
		return relocation.InTar(argument, ""), nil
	}
	if info, err := os.Stat(argument); err == nil {
		if !info.IsDir() {
			return relocation.Place{}, usagef("%s is a file that is no image tar by its name; a destination is FILE.tar, an image layout, or a registry reference", argument)
		}
		return relocation.InLayout(argument, ""), nil
	}
	path, name, ok := cutSelector(argument)
	if !ok {
		path = argument
	}
	if isLayout(path) || isPath(argument) {
		return relocation.InLayout(path, name), nil
	}
	if hasHost(argument) {
		if err := checkReference(argument); err != nil {
			return relocation.Place{}, usagef("%q is no registry reference: %w", argument, err)
		}
		return relocation.InRegistry(client, argument), nil
	}
	// A forgotten host must not become a folder.
	_, err := os.Stat(filepath.Dir(path))
	if ok || errors.Is(err, fs.ErrNotExist) {
		return relocation.Place{}, usagef("%q has no host, as in registry.example.com/shop:v1; ./%s is an image layout", argument, strings.TrimPrefix(argument, "./"))
	}
	return relocation.InLayout(path, ""), nil
}

// place returns where the package of a target is; a folder holds no image.
func (t target) place(client *registry.Client) (relocation.Place, error) {
	switch t.kind {
	case registryTarget:
		return relocation.InRegistry(client, t.reference), nil
	case layoutTarget:
		return relocation.InLayout(t.path, t.selector), nil
	case tarTarget:
		return relocation.InTar(t.path, t.selector), nil
	default:
		return relocation.Place{}, usagef("%s is a folder; copy moves images. Build it first: packstage build %s --output FILE.tar", t.path, t.path)
	}
}
