// Package yamldoc reads YAML streams as kubectl does, straight into values.
//
// [Split] cuts a stream into its documents, [Decode] and [DecodeMap] read one.
// The reading is that of sigs.k8s.io/yaml followed by Kubernetes' JSON decoder:
// YAML 1.1 booleans (also as keys), octal with a leading zero, timestamps as
// strings, merge keys, keys turned into strings, numbers as int64 where their
// JSON form is an integer that fits and as float64 otherwise. What kubectl
// drops in silence is refused: keys that are set twice, content after the end
// of a document, and whatever exceeds the limits in [Options].
//
// Positions cost nothing on success: errors look them up by reading the
// document a second time, and [Locate] and [LocateKey] do so for callers.
//
// Everything here is safe for concurrent use; nothing changes its input, and
// the values share no memory that could be changed through them.
package yamldoc
