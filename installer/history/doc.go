// Package history keeps what is known of releases in the cluster: one record for
// each release, and the content of its revisions.
//
// # Where it is
//
// Everything is in Secrets of the release's namespace, because configuration and
// objects may hold what nobody else should read. For a release "web":
//
//	packstage.release.web        the record, type packstage.dev/release
//	packstage.revision.web.3     revision 3, type packstage.dev/revision
//	packstage.revision.web.3.1   its second part, where it needs more than one
//
// The record is plain JSON under the key "record", and the only one of them that
// changes; it is written with the resourceVersion that was read, so that nobody
// overwrites what they have not seen. Revisions are immutable. Their content is
// JSON, compressed with gzip, in parts of at most [MaxChunk] bytes, each under the
// key "content".
//
// All carry the labels [cluster.LabelRelease] and [cluster.LabelReleaseNamespace],
// as the objects of the release do. What tells them from those is [LabelState]:
// nothing with that label is an object of a release.
//
// # What can happen to it
//
// The record holds the sha256 of each revision's content: a revision that was
// edited, swapped or deleted is a [*DamagedError] that says which Secret it is. A
// record that was deleted is made again from what the revisions carry in the
// annotation [AnnotationAbout]; see [Record].Rebuilt for what cannot be known then.
// A record that was edited into something else is a [*DamagedError], too, and the
// cure is to delete it.
//
// The digest tells that content is what was stored, not that it is harmless: who
// may write Secrets can write both. So readers are bounded, and whoever installs
// judges stored content as anew.
//
// # Interruptions
//
// Each change of more than one Secret is in an order in which a stop between any
// two calls leaves a state that the next run takes up: parts of a revision before
// its first Secret, that before the record that names it; when revisions are
// dropped, the record before their Secrets; when a release goes, the record last.
package history
