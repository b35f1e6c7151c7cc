package packageloader

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
)

// dockerImage is an entry of manifest.json in what "docker save" writes. It
// names files; the only digests are those in the configuration.
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func readDockerArchive(ctx context.Context, archive imageArchive, selector string, limits packagetypes.Limits) (*Content, error) {
	raw, err := archive.readFile("manifest.json", registry.MaxManifestBytes)
	if err != nil {
		return nil, err
	}
	var images []dockerImage
	if err := json.Unmarshal(raw, &images); err != nil {
		return nil, imageFault(archive.name, diagnostic.ImageInvalid, "manifest.json does not parse: %v", err)
	}
	image, err := chooseDockerImage(archive.name, images, selector)
	if err != nil {
		return nil, err
	}
	config, err := archive.readFile(cleanMember(image.Config), registry.MaxConfigBytes)
	if err != nil {
		return nil, archive.missing(err)
	}
	if want := dockerConfigDigest(image.Config); want != "" && want != digestOf(config).Hex {
		return nil, imageFault(archive.name, diagnostic.ImageDigestMismatch, "configuration %s has the digest %s", image.Config, digestOf(config))
	}
	blobs := make([]storedBlob, len(image.Layers))
	for i, layer := range image.Layers {
		if blobs[i], err = archive.dockerLayer(cleanMember(layer)); err != nil {
			return nil, archive.missing(err)
		}
	}
	content, err := readConfigAndLayers(ctx, archive.name, blobs, limits, func(context.Context) ([]byte, error) { return config, nil })
	if err != nil {
		return nil, err
	}
	if len(image.RepoTags) > 0 {
		content.Reference = image.RepoTags[0]
	}
	return content, nil
}

func chooseDockerImage(name string, images []dockerImage, selector string) (dockerImage, error) {
	var tags []string
	for _, image := range images {
		tags = append(tags, image.RepoTags...)
		if selector != "" && (slices.Contains(image.RepoTags, selector) || "sha256:"+dockerConfigDigest(image.Config) == selector) {
			return image, nil
		}
	}
	switch {
	case selector != "":
		return dockerImage{}, choiceFault(name, "holds no image %q, only %q", selector, tags)
	case len(images) != 1:
		return dockerImage{}, choiceFault(name, "holds %d images (%q)", len(images), tags)
	}
	return images[0], nil
}

func (a imageArchive) dockerLayer(member string) (storedBlob, error) {
	file, err := a.files.Open(member)
	if err != nil {
		return storedBlob{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return storedBlob{}, fmt.Errorf("read %s of %s: %w", member, a.name, err)
	}
	blob := storedBlob{
		image: a.name, name: "layer " + member, size: info.Size(),
		open: func(context.Context) (io.ReadCloser, error) { return a.files.Open(member) },
	}
	if folder, base := path.Split(member); folder == "blobs/sha256/" && isHex(base) {
		blob.digest = v1.Hash{Algorithm: "sha256", Hex: base}
	}
	return blob, nil
}

// missing turns a member that is not there into a finding.
func (a imageArchive) missing(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid)) {
		return imageFault(a.name, diagnostic.ImageInvalid, "manifest.json names %q, which is missing", pathError.Path)
	}
	return err
}

func cleanMember(name string) string { return path.Clean(name) }

// dockerConfigDigest returns the digest in the name of a configuration: Docker
// calls it <hex>.json or blobs/sha256/<hex>, others sha256:<hex>.
func dockerConfigDigest(name string) string {
	base := strings.TrimPrefix(strings.TrimSuffix(path.Base(name), ".json"), "sha256:")
	if isHex(base) {
		return base
	}
	return ""
}

func isHex(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == 64
}
