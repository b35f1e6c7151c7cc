// Package packagebuilder turns the files of a package into an image, and writes
// or pushes the image.
//
// The image is an OCI image for linux/amd64 with a standard configuration:
//
//   - files lie below package/, sorted, with mode 0644, owner 0:0 and the time of
//     the image, which is 1970-01-01 unless another is asked for;
//   - the root of the package is one layer, and each folder components/<name>
//     another, which has the annotation [packageloader.ComponentAnnotation];
//   - layers are tars (USTAR, and PAX for names that need it) compressed by gzip
//     with one pinned compressor, so that the digest depends on the files alone;
//   - the annotation and the configuration label [packageloader.FormatLabel] say
//     what the image is, and the label [packageloader.ManifestLabel] holds the
//     package manifest as JSON.
//
// [Image] makes it in memory; [WriteLayout], [WriteTar] and [Push] bring any
// image, built or pulled, elsewhere without changing its digest.
package packagebuilder
