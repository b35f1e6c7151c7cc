// Package filewatch tells when the files of a package change: those of a folder and of
// the folders below it, new ones included, and of the folders for authors whose names
// begin with a dot.
//
// It watches folders, not files, so that editors that save by writing another file and
// renaming it are noticed as well. Several changes that come in one go are one. [Runs]
// runs something again whenever there is one.
package filewatch
