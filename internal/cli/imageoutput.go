package cli

import (
	"context"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/packagebuilder"
)

// imageResult is what build, push and pull print with --json.
type imageResult struct {
	SchemaVersion int `json:"schemaVersion"`
	// Digest is that of the image manifest.
	Digest string `json:"digest"`
	// References that were pushed to, or that was pulled from.
	References []string `json:"references"`
	// Output is the file or folder that was written.
	Output string `json:"output,omitempty"`
}

// isTar tells whether an output is an image tar, by its name.
func isTar(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".tar") }

// checkImageOutput refuses names that say something else than what would be
// written.
func checkImageOutput(path string) error {
	for _, suffix := range []string{".tar.gz", ".tgz", ".tar.zst"} {
		if strings.HasSuffix(strings.ToLower(path), suffix) {
			return usagef("the layers in an image tar are compressed already; write a .tar instead of %s", path)
		}
	}
	return nil
}

// writeImage writes an image as a tar, or into a layout once for each tag.
func writeImage(ctx context.Context, image v1.Image, path string, references []string) error {
	if isTar(path) {
		reference := ""
		if len(references) > 0 {
			reference = references[0]
		}
		return packagebuilder.WriteTar(ctx, image, path, reference)
	}
	if len(references) == 0 {
		return packagebuilder.WriteLayout(ctx, image, path, packagebuilder.LayoutOptions{})
	}
	for _, reference := range references {
		options := packagebuilder.LayoutOptions{}
		if tag, err := name.NewTag(reference); err == nil {
			options.Reference = tag.TagStr()
		}
		if err := packagebuilder.WriteLayout(ctx, image, path, options); err != nil {
			return err
		}
	}
	return nil
}
