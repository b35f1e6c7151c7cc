// Package imageindex picks the one image of an image index that a package
// loader reads.
package imageindex

import (
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
)

// attestationType marks entries that describe another entry instead of being
// an image; Docker's builder adds them beside every image it pushes.
const attestationType = "vnd.docker.reference.type"

// Select returns the entry for linux/amd64, the platform of package images, or
// the only image where there is just one. Several entries of one digest count
// as one. The error is a [diagnostic.Diagnostics] with code ImageInvalid; name
// says in it which index was read.
func Select(name string, entries []v1.Descriptor) (v1.Descriptor, error) {
	var images []v1.Descriptor
	seen := map[v1.Hash]bool{}
	for _, entry := range entries {
		if entry.Annotations[attestationType] != "" || seen[entry.Digest] {
			continue
		}
		if !entry.MediaType.IsImage() && !entry.MediaType.IsIndex() {
			continue
		}
		seen[entry.Digest] = true
		images = append(images, entry)
	}
	if len(images) == 1 {
		return images[0], nil
	}
	platforms := make([]string, 0, len(images))
	for _, image := range images {
		if p := image.Platform; p != nil {
			if p.OS == "linux" && p.Architecture == "amd64" {
				return image, nil
			}
			platforms = append(platforms, p.String())
		} else {
			platforms = append(platforms, "no platform")
		}
	}
	message := "image index holds no image"
	if len(images) > 0 {
		message = fmt.Sprintf("image index holds %d images (%s) and none of them is for linux/amd64", len(images), summary(platforms))
	}
	return v1.Descriptor{}, diagnostic.Diagnostics{{
		Code:     diagnostic.ImageInvalid,
		Position: diagnostic.Position{File: name},
		Message:  message,
		Hint:     "name one of its images by digest",
	}}
}

// Names lists the entries of a layout for messages: by name, else by digest, and
// not all of many.
func Names(entries []v1.Descriptor) string {
	if len(entries) == 0 {
		return "nothing"
	}
	listed := make([]string, 0, len(entries))
	for _, entry := range entries {
		name := entry.Annotations["org.opencontainers.image.ref.name"]
		if name == "" {
			name = entry.Digest.String()
		}
		listed = append(listed, name)
	}
	return summary(listed)
}

// summary keeps the message short whatever an index holds.
func summary(platforms []string) string {
	const most = 5
	if len(platforms) > most {
		return strings.Join(platforms[:most], ", ") + ", …"
	}
	return strings.Join(platforms, ", ")
}
