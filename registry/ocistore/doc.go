// Package ocistore copies OCI content between the places that hold it:
// repositories of registries, OCI image layouts in folders, and tars of those.
//
// A place is a [Reader], a [Writer] or both: [Repository], [Layout], [LayoutWriter],
// [TarWriter]. A [Plan] walks from images to all that belongs to them (the images
// of an index, configurations and layers, and with [Options.Referrers] signatures,
// bills of materials and whatever else refers to them), finds out what the
// destination lacks, and moves that: blobs first, manifests after what they point
// at, names last. What was moved is never moved again, so that a copy that broke
// off goes on where it was.
//
// Bytes are streamed and their digests stay what they are.
package ocistore
