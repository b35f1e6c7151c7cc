package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/internal/benchmark/yamlpass"
	"github.com/packstage/packstage/internal/pinnedgzip"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// variants is how many configurations of a set are made beforehand: enough that
// none of them comes again soon.
const variants = 64

// prepared is a set with everything that its stages start from.
type prepared struct {
	set       packageset.Set
	configs   []map[string]any
	documents [][]byte
	files     *packagetypes.Files
	image     *packagebuilder.BuiltImage
	pkg       *packagetypes.Package
	renderer  *packageloader.Renderer
	// archive is the uncompressed tar of the image's only layer.
	archive  []byte
	folder   string
	loopback *loopback
	// next counts the configurations that were used.
	next int
}

// prepare builds the image of a set, validated, and reads it back.
func prepare(ctx context.Context, set packageset.Set) (_ *prepared, err error) {
	p := &prepared{set: set}
	for variant := range variants {
		p.configs = append(p.configs, set.Config(variant))
	}
	if p.documents, err = yamlpass.Documents(ctx, set, p.configs[0]); err != nil {
		return nil, err
	}
	if p.files, err = packagetypes.NewFiles(set.Files, packagetypes.Limits{}); err != nil {
		return nil, err
	}
	if p.image, _, err = packagebuilder.Build(ctx, packageloader.FromFiles(set.Files), packagebuilder.BuildOptions{}); err != nil {
		return nil, err
	}
	if p.pkg, err = packageloader.Load(ctx, packageloader.FromImage(p.image), packageloader.LoadOptions{}); err != nil {
		return nil, err
	}
	if p.renderer, err = packageloader.Compile(p.pkg, packageloader.Options{}); err != nil {
		return nil, err
	}
	return p, p.prepareTransfers()
}

// prepareBulk builds the image of a set that nobody renders.
func prepareBulk(ctx context.Context, set packageset.Set) (_ *prepared, err error) {
	p := &prepared{set: set}
	if p.files, err = packagetypes.NewFiles(set.Files, packagetypes.Limits{}); err != nil {
		return nil, err
	}
	if p.image, err = packagebuilder.Image(ctx, p.files, packagebuilder.ImageOptions{}); err != nil {
		return nil, err
	}
	return p, p.prepareTransfers()
}

// prepareTransfers makes what building, pushing and pulling start from.
func (p *prepared) prepareTransfers() (err error) {
	if p.archive, err = layerTar(p.image); err != nil {
		return err
	}
	if p.folder, err = os.MkdirTemp("", "packstage-benchmark-"); err != nil {
		return err
	}
	if err := os.WriteFile(p.archivePath(), p.archive, 0o600); err != nil {
		return errors.Join(err, os.RemoveAll(p.folder))
	}
	p.loopback = newLoopback()
	return nil
}

func (p *prepared) archivePath() string { return filepath.Join(p.folder, "layer.tar") }

func (p *prepared) close() error {
	p.loopback.close()
	return os.RemoveAll(p.folder)
}

func layerTar(image *packagebuilder.BuiltImage) ([]byte, error) {
	layers, err := image.Layers()
	if err != nil {
		return nil, err
	}
	if len(layers) != 1 {
		return nil, errors.New("the baselines are made for images of one layer")
	}
	reader, err := layers[0].Uncompressed()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	return io.ReadAll(reader)
}

// config returns another configuration each time.
func (p *prepared) config() packagetypes.Context {
	p.next++
	return packagetypes.Context{Config: p.configs[p.next%variants]}
}

// works returns all stages and baselines of a set by name.
func (p *prepared) works(ctx context.Context) map[string]work {
	works := p.transfers(ctx)
	works[baselineYAML] = work{run: func() error { return yamlpass.Run(p.documents) }}
	works["cold"] = work{run: func() error { return p.cold(ctx) }}
	works["warm"] = work{run: func() error {
		_, err := p.renderer.Render(ctx, p.config())
		return err
	}}
	works["compile"] = work{run: func() error {
		_, err := packageloader.Compile(p.pkg, packageloader.Options{})
		return err
	}}
	return works
}

// transfers returns the stages and baselines that depend on bytes alone.
func (p *prepared) transfers(ctx context.Context) map[string]work {
	push, crane := newPush(ctx, p), newCraneAppend(ctx, p)
	pull, remote := newPulls(ctx, p)
	return map[string]work{
		baselineGzip:  {run: p.compress},
		baselineCrane: crane,
		baselinePull:  remote,
		"build":       {run: func() error { return p.build(ctx) }},
		"push":        push,
		"pull":        pull,
		"cached":      newCachedPull(ctx, p),
	}
}

// cold goes from an image in memory to phases.
func (p *prepared) cold(ctx context.Context) error {
	pkg, err := packageloader.Load(ctx, packageloader.FromImage(p.image), packageloader.LoadOptions{})
	if err != nil {
		return err
	}
	_, err = packageloader.Render(ctx, pkg, p.config(), packageloader.Options{})
	return err
}

func (p *prepared) build(ctx context.Context) error {
	_, err := packagebuilder.Image(ctx, p.files, packagebuilder.ImageOptions{})
	return err
}

// compress is the least that a build has to do with the bytes of its layer.
func (p *prepared) compress() error {
	sha256.Sum256(p.archive)
	compressor := pinnedgzip.NewWriter(io.Discard)
	if _, err := compressor.Write(p.archive); err != nil {
		return err
	}
	return compressor.Close()
}
