// Package page writes pages about packages that need nothing but themselves: one of a
// package ([Package]), with search, phases as a picture, rendered objects and a form
// that makes a configuration file; and one of many packages ([Catalogue]).
//
// A page is one file with styles, program and data in it. It asks for nothing from
// anywhere, works from a disk, and says so to the browser: its content security policy
// allows the program and the styles that it was written with, by their digests, and
// nothing else. So what a hostile package says cannot run, even if it were not
// escaped, which it is.
//
// The same document gives the same bytes.
package page
