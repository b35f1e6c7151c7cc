package main

import (
	"bytes"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// storedImage holds an image as a registry would: compressed, without the files
// that it was built from, which would count as memory.
type storedImage struct {
	manifest, config []byte
	layers           map[v1.Hash][]byte
}

func storeImage(image v1.Image) (v1.Image, error) {
	s := &storedImage{layers: map[v1.Hash][]byte{}}
	var err error
	if s.manifest, err = image.RawManifest(); err != nil {
		return nil, err
	}
	if s.config, err = image.RawConfigFile(); err != nil {
		return nil, err
	}
	layers, err := image.Layers()
	if err != nil {
		return nil, err
	}
	for _, layer := range layers {
		digest, err := layer.Digest()
		if err != nil {
			return nil, err
		}
		if s.layers[digest], err = readCompressed(layer); err != nil {
			return nil, err
		}
	}
	return partial.CompressedToImage(s)
}

func readCompressed(layer v1.Layer) ([]byte, error) {
	reader, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	return io.ReadAll(reader)
}

func (s *storedImage) RawManifest() ([]byte, error)        { return s.manifest, nil }
func (s *storedImage) RawConfigFile() ([]byte, error)      { return s.config, nil }
func (s *storedImage) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

func (s *storedImage) LayerByDigest(digest v1.Hash) (partial.CompressedLayer, error) {
	content, ok := s.layers[digest]
	if !ok {
		return nil, fmt.Errorf("there is no layer %s", digest)
	}
	return storedLayer{digest: digest, content: content}, nil
}

type storedLayer struct {
	digest  v1.Hash
	content []byte
}

func (l storedLayer) Digest() (v1.Hash, error)            { return l.digest, nil }
func (l storedLayer) Size() (int64, error)                { return int64(len(l.content)), nil }
func (l storedLayer) MediaType() (types.MediaType, error) { return types.OCILayer, nil }
func (l storedLayer) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(l.content)), nil
}
