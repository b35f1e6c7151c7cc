// Package relocation copies a package to another place with all that it needs: the
// images that its lock names, for all platforms, and signatures and other artifacts
// that refer to package or images.
//
// Places are repositories of registries, image layouts and image tars, in every
// direction. Digests stay what they are; the place that a package was copied to
// records where its images are, so that loading it from there rewrites what its
// templates see, see [packageloader.RelocationType].
package relocation
