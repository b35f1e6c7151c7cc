package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader/repository"
	"github.com/packstage/packstage/registry"
)

func (p *program) repoCommand() *cobra.Command {
	return group(&cobra.Command{Use: "repo", Short: "Indexes of packages, in which dependencies are looked up"},
		p.repoInitCommand(), p.repoAddCommand(), p.repoRemoveCommand(),
		p.repoListCommand(), p.repoPushCommand(), p.repoPullCommand())
}

// readIndex reads the index in a file, and prints the warnings about it.
func (p *program) readIndex(path string) (*repository.Index, error) {
	index, found, err := repository.ReadFile(path, manifest.RepositoryLimits{})
	if err != nil {
		return nil, err
	}
	return index, p.printFindings(found)
}

// isIndexFile tells whether an argument is a file, and not an image.
func isIndexFile(argument string) bool {
	return slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(argument))
}

// loadIndex reads an index wherever it is.
func (p *program) loadIndex(ctx context.Context, argument string, flags *registryFlags) (*repository.Index, error) {
	if isIndexFile(argument) {
		return p.readIndex(argument)
	}
	found, err := parseTarget(argument)
	if err != nil {
		return nil, err
	}
	if found.kind == folderTarget {
		return nil, usagef("%s is a folder; an index is a .yaml file or an image", argument)
	}
	client, done, err := flags.client(p)
	if err != nil {
		return nil, err
	}
	defer done()
	return p.loadIndexImage(ctx, found, client)
}

func (p *program) loadIndexImage(ctx context.Context, from target, client *registry.Client) (*repository.Index, error) {
	index, found, err := repository.Load(ctx, from.source(client, false), manifest.RepositoryLimits{})
	if err != nil {
		return nil, err
	}
	return index, p.printFindings(found)
}

// refuseFile refuses to write over a file that nobody wanted to replace.
func refuseFile(path string, force bool) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil && !force:
		return fmt.Errorf("%s: %w; --force replaces it", path, fs.ErrExist)
	case err == nil || errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return err
	}
}

// plainName is a name of an index that can be that of a file.
var plainName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
