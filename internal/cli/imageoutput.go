package cli

import (
	"context"
	"path/filepath"
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
	// Attached are the referrers that "build --sbom --provenance" made.
	Attached []attachedDocument `json:"attached,omitempty"`
}

// attachedDocument is one referrer.
type attachedDocument struct {
	ArtifactType string `json:"artifactType"`
	// Reference is repository and digest of the referrer.
	Reference string `json:"reference"`
	Digest    string `json:"digest"`
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

// checkOutside refuses an output that would be part of the package, and of its
// digest, when it is built the next time.
func checkOutside(output, folder string) error {
	if output == "" {
		return nil
	}
	absolute, err := filepath.Abs(output)
	if err != nil {
		return err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return err
	}
	inside, err := filepath.Rel(folder, absolute)
	if err != nil || !filepath.IsLocal(inside) {
		return nil
	}
	for element := range strings.SplitSeq(filepath.ToSlash(inside), "/") {
		if strings.HasPrefix(element, ".") && element != "." {
			return nil // such names are no part of a package
		}
	}
	return usagef("--output %s lies in the package, so the next build would contain it", output)
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
