// Package packagetypes holds the parsed data that flows between the stages of
// packstage, and nothing that works on it:
//
//	Files -> Package -> (Context) -> Instance{Phases{Objects}}
//
// Values are made by packageloader and are not changed afterwards; that makes
// them safe to share between goroutines. Where a method hands out a slice or a
// map of the value itself, it says so, and the caller only reads it.
package packagetypes
