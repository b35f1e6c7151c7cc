// Package sharedtext makes strings of bytes without copying them. The files of a
// package are read-only from the moment on in which they are read, and most of what is
// made of them, parsed templates and decoded objects, consists of strings that are parts
// of them: copied, a package that is held would have its text in memory twice.
package sharedtext

import "unsafe"

// Of returns the text that data holds. It shares the memory of data, which must never
// change from then on, and keeps all of it alive.
func Of(data []byte) string { return unsafe.String(unsafe.SliceData(data), len(data)) }
