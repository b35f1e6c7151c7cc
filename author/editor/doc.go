// Package editor helps editors to help authors: JSON Schemas of the files of a package,
// and the line in them that editors find the schemas by.
//
//	schema, err := editor.ConfigSchema(pkg)
//	written, err := editor.Write("./shop", pkg)
//
// The schema of a configuration says what packstage takes, as far as a JSON Schema can
// say it: rules in CEL are in it as text only.
package editor
