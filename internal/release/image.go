package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// imageFolder is the OCI image layout in a release.
const imageFolder = "image"

// nobody is the user that the program runs as.
const nobody = "65532:65532"

const projectURL = "https://github.com/packstage/packstage"

// image writes the container image for the Linux platforms: the program, the
// authorities that it trusts, and nothing else. No shell, no package manager.
func (r *release) image(folder string, binaries []binary) error {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	count := 0
	for _, built := range binaries {
		if built.platform.os != "linux" {
			continue
		}
		image, err := r.platformImage(built)
		if err != nil {
			return fmt.Errorf("image for %s: %w", built.platform, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{
			Platform: &v1.Platform{OS: built.platform.os, Architecture: built.platform.architecture},
		}})
		count++
	}
	if count == 0 {
		return nil
	}
	path, err := layout.Write(filepath.Join(folder, imageFolder), empty.Index)
	if err != nil {
		return fmt.Errorf("write the image: %w", err)
	}
	if err := path.AppendIndex(index, layout.WithAnnotations(map[string]string{ocispec.AnnotationRefName: r.version})); err != nil {
		return fmt.Errorf("write the image: %w", err)
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	fmt.Fprintf(r.log, "image for %d platforms: %s\n", count, digest)
	return nil
}

func (r *release) platformImage(built binary) (v1.Image, error) {
	layer, err := r.layer(built)
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.Append(image, mutate.Addendum{Layer: layer, History: v1.History{
		Created: v1.Time{Time: r.time}, CreatedBy: "packstage release",
	}})
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = built.platform.os, built.platform.architecture
	config.Created = v1.Time{Time: r.time}
	config.Config = v1.Config{
		Entrypoint: []string{"/usr/bin/packstage"}, User: nobody, WorkingDir: "/work", Env: []string{"HOME=/tmp"},
	}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		return nil, err
	}
	return mutate.Annotations(image, map[string]string{
		ocispec.AnnotationTitle: "packstage", ocispec.AnnotationVersion: r.version,
		ocispec.AnnotationLicenses: "Apache-2.0", ocispec.AnnotationSource: projectURL,
	}).(v1.Image), nil
}

func (r *release) layer(built binary) (v1.Layer, error) {
	program, err := os.ReadFile(built.path)
	if err != nil {
		return nil, err
	}
	certificates, err := os.ReadFile(r.certificates)
	if err != nil {
		return nil, fmt.Errorf("the authorities that the image trusts: %w", err)
	}
	var compressed bytes.Buffer
	err = writeTar(&compressed, []string{"tmp", "work"}, []archivedFile{
		{"etc/ssl/certs/ca-certificates.crt", certificates, false}, {"usr/bin/packstage", program, true},
	}, r.time)
	if err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(compressed.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer))
}
