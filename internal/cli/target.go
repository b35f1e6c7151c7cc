package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
)

type targetKind string

const (
	folderTarget   targetKind = "folder"
	tarTarget      targetKind = "image tar"
	layoutTarget   targetKind = "image layout"
	registryTarget targetKind = "registry reference"
)

// withArticle is the kind as it stands in a sentence.
func (k targetKind) withArticle() string {
	if k == tarTarget || k == layoutTarget {
		return "an " + string(k)
	}
	return "a " + string(k)
}

// target is a place that holds a package.
type target struct {
	kind targetKind
	// path is that of the folder, tar or layout, and selector the tag or digest
	// of an image in it, or "".
	path, selector string
	// reference is the registry reference.
	reference string
}

// parseTarget finds out what an argument means: an existing path, else a path
// with the tag or digest of an image in it, else a registry reference.
func parseTarget(argument string) (target, error) {
	if argument == "" {
		return target{}, usagef("the target is empty")
	}
	found, err := pathTarget(argument)
	if err == nil || errors.As(err, new(usageError)) || errors.Is(err, fs.ErrPermission) {
		return found, err
	}
	if path, selector, ok := cutSelector(argument); ok {
		found, inner := pathTarget(path)
		if inner == nil && (found.kind == layoutTarget || found.kind == tarTarget) {
			found.selector = selector
			return found, nil
		}
		if inner == nil && isPath(argument) {
			return target{}, usagef("%s is %s, which has no tags", path, found.kind.withArticle())
		}
	}
	if isPath(argument) {
		return target{}, fmt.Errorf("no such target: %w", err)
	}
	if !hasHost(argument) {
		return target{}, fmt.Errorf("no such target: %w (and a registry reference has a host, as in registry.example.com/shop:v1)", err)
	}
	// Whatever the system said about such a path, references are no paths.
	if err := checkReference(argument); err != nil {
		return target{}, usagef("%q is no existing path, and no registry reference: %w", argument, err)
	}
	return target{kind: registryTarget, reference: argument}, nil
}

// pathTarget looks at what is at a path.
func pathTarget(path string) (target, error) {
	info, err := os.Stat(path)
	if err != nil {
		return target{}, err
	}
	if !info.IsDir() {
		if extension := filepath.Ext(path); extension == ".yaml" || extension == ".yml" {
			return target{}, usagef("%s is a single file; a package is the folder that holds its manifest", path)
		}
		return target{kind: tarTarget, path: path}, nil
	}
	if isLayout(path) {
		return target{kind: layoutTarget, path: path}, nil
	}
	return target{kind: folderTarget, path: path}, nil
}

func isLayout(path string) bool {
	_, err := os.Stat(filepath.Join(path, ocispec.ImageLayoutFile))
	return err == nil
}

// cutSelector cuts "path:tag" and "path@digest".
func cutSelector(argument string) (path, selector string, ok bool) {
	if path, digest, ok := strings.Cut(argument, "@"); ok && strings.Contains(digest, ":") {
		return path, digest, path != ""
	}
	colon := strings.LastIndexByte(argument, ':')
	if colon <= 0 || colon == len(argument)-1 || strings.ContainsAny(argument[colon:], `/\`) {
		return "", "", false
	}
	return argument[:colon], argument[colon+1:], true
}

// isPath tells whether an argument can only be a path, by how it is written.
func isPath(argument string) bool {
	slashed := filepath.ToSlash(argument)
	if filepath.IsAbs(argument) || slices.Contains([]string{".", ".."}, slashed) {
		return true
	}
	for _, prefix := range []string{"/", "./", "../"} {
		if strings.HasPrefix(slashed, prefix) {
			return true
		}
	}
	return slices.ContainsFunc([]string{".tar", ".tar.gz", ".tgz"}, func(suffix string) bool {
		return strings.HasSuffix(slashed, suffix)
	})
}

// checkReference checks a registry reference. Its host must be written out: a
// mistyped path must not become a question to a public registry.
func checkReference(reference string) error {
	if _, rest, ok := strings.Cut(reference, "://"); ok {
		return fmt.Errorf("references begin without a scheme: write %q", rest)
	}
	if !hasHost(reference) {
		return errors.New("the host is missing, as in registry.example.com/shop:v1")
	}
	_, err := registry.NewClient(registry.Options{}).ParseReference(reference)
	if _, path, _ := strings.Cut(reference, "/"); err != nil && hasUpper(path) {
		return errors.New("names of repositories are written in lower case")
	}
	if err == nil {
		return nil
	}
	// The parser of each form says more than the parser of both.
	_, detail := name.NewTag(reference)
	if strings.Contains(reference, "@") {
		_, detail = name.NewDigest(reference)
	}
	if detail != nil {
		return detail
	}
	var invalid *registry.Error
	if errors.As(err, &invalid) && invalid.Err != nil {
		return invalid.Err
	}
	return err
}

// hasUpper tells whether the path of a repository has a capital letter; tags may.
func hasUpper(path string) bool {
	path, _, _ = strings.Cut(path, "@")
	path, _, _ = strings.Cut(path, ":")
	return strings.ToLower(path) != path
}

func hasHost(reference string) bool {
	host, _, ok := strings.Cut(reference, "/")
	if host == "." || host == ".." {
		return false // a path
	}
	return ok && (strings.ContainsAny(host, ".:") || host == "localhost")
}

// source returns the source that reads the target.
func (t target) source(client *registry.Client, followLinks bool) packageloader.Source {
	switch t.kind {
	case tarTarget:
		return packageloader.FromTar(t.path, t.selector)
	case layoutTarget:
		return packageloader.FromLayout(t.path, t.selector)
	case registryTarget:
		return packageloader.FromClient(client, t.reference)
	default:
		return packageloader.FromFolder(t.path, packageloader.FolderOptions{FollowLinks: followLinks})
	}
}

func (t target) String() string {
	switch {
	case t.kind == registryTarget:
		return t.reference
	case t.selector == "":
		return t.path
	case strings.Contains(t.selector, ":"):
		return t.path + "@" + t.selector
	default:
		return t.path + ":" + t.selector
	}
}
