package resolve

import (
	"context"
	"path/filepath"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packageloader/repository"
	"github.com/packstage/packstage/registry"
)

// RepositoryOpener reads an index that the manifest of a component names; the root
// is "".
type RepositoryOpener func(ctx context.Context, component string, reference manifest.RepositoryReference) (*manifest.RepositoryIndex, error)

// OpenRepositories returns an opener for a package in a folder of the operating
// system: files are relative to the folder of the manifest that names them, images
// are pulled with the client. Errors are those of package repository.
func OpenRepositories(folder string, client *registry.Client) RepositoryOpener {
	return func(ctx context.Context, component string, reference manifest.RepositoryReference) (*manifest.RepositoryIndex, error) {
		index, err := openRepository(ctx, folder, component, reference, client)
		if err != nil {
			return nil, err
		}
		return index.Document(), nil
	}
}

func openRepository(
	ctx context.Context, folder, component string, reference manifest.RepositoryReference, client *registry.Client,
) (*repository.Index, error) {
	if reference.File == "" {
		index, _, err := repository.Load(ctx, packageloader.FromClient(client, reference.Image), manifest.RepositoryLimits{})
		return index, err
	}
	path := filepath.FromSlash(reference.File)
	if !filepath.IsAbs(path) {
		if component != "" {
			folder = filepath.Join(folder, "components", component)
		}
		path = filepath.Join(folder, path)
	}
	index, _, err := repository.ReadFile(path, manifest.RepositoryLimits{})
	return index, err
}
