package cli

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/author/resolve"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

// renderedImages finds the images that the rendered objects of a package run and
// that its lock, as it is now, does not have.
func (p *program) renderedImages(ctx context.Context, folder string, source packageloader.Source) ([]resolve.RenderedImage, diagnostic.Diagnostics, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	suites, found, err := matrix.Open(ctx, source, matrix.Options{Author: root.FS()})
	if err != nil {
		return nil, nil, err
	}
	images, faults, err := resolve.ImagesOfRender(ctx, suites)
	return images, append(found, faults...).Sorted(), err
}

// printRenderedImages prints for people what the manifest lacks.
func printRenderedImages(w io.Writer, images []resolve.RenderedImage) error {
	out := &lockPrinter{w: w}
	if len(images) == 0 {
		out.line("every image that rendered objects run is locked")
		return out.err
	}
	out.line("images that rendered objects run, and that are not locked:")
	for _, image := range images {
		finding := image.Finding()
		where := finding.Position.String()
		if image.Component != "" {
			where = "components/" + image.Component + "/" + where
		}
		out.line("  %s", image.Reference)
		out.line("    in %s (%s, in the test cases: %s)", where, image.Object, strings.Join(image.Cases, ", "))
		out.line("    %s", finding.Hint)
	}
	return out.err
}
