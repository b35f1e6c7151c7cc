// Package settings reads the small YAML or JSON files in which people tell a tool
// what they want: strictly, into Go structs, with all that is wrong at once and
// where.
//
// [Decode] refuses what a file of settings should not have: unknown fields (with a
// suggestion), values of a wrong type, keys that are set twice, several documents,
// and files far larger than a person writes. An empty file is the zero value.
package settings
