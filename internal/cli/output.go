package cli

import (
	"encoding/json"
	"io"
)

// schemaVersion is that of all JSON documents that commands print. It rises
// when a field is removed or changes its meaning, not when one is added.
const schemaVersion = 1

// printJSON writes a document as people and programs like to read it.
func printJSON(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document)
}
