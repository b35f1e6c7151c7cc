package preflight

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// shown makes a text of the server fit to be shown: no control characters, nothing
// of what a Secret holds, and no values, which can come from a configuration.
func (r *refusal) shown(text string) string {
	text = withoutValues(text)
	if isSecret(r.object) {
		contents := []map[string]any{r.object.source.Content()}
		if r.object.Live != nil { // a message about a change can name what was before
			contents = append(contents, r.object.Live.Object)
		}
		text = withoutSecrets(text, contents...)
	}
	return diagnosticText(text)
}

// quotations are what stands before a value in texts of validation and of merging.
var quotations = [...]string{"Invalid value: ", "Unsupported value: ", "Duplicate value: ", got}

// got stands before a value as Go prints it, which goes on to the end of the line.
const got = ", got "

// withoutValues takes the values out of a text of validation, which the server
// writes as Go or as JSON does: `Invalid value: "a": must be b`.
func withoutValues(text string) string {
	var out strings.Builder
	for {
		at, word := firstQuotation(text)
		if at < 0 {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:at])
		out.WriteString(strings.TrimRight(strings.TrimSuffix(word, "got "), ":, "))
		if text = text[at+len(word):]; word == got {
			_, text, _ = strings.Cut(text, "\n")
			text = "\n" + text
			continue
		}
		text = afterValue(text)
	}
}

func firstQuotation(text string) (at int, word string) {
	at = -1
	for _, quotation := range quotations {
		if i := strings.Index(text, quotation); i >= 0 && (at < 0 || i < at) {
			at, word = i, quotation
		}
	}
	return at, word
}

// afterValue returns what follows a value.
func afterValue(text string) string {
	if quoted, err := strconv.QuotedPrefix(text); err == nil {
		return text[len(quoted):]
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	var value json.RawMessage
	if decoder.Decode(&value) == nil {
		return text[decoder.InputOffset():]
	}
	// Something else ends where the next part of the text begins.
	if i := strings.IndexByte(text, ':'); i >= 0 {
		return text[i:]
	}
	return ""
}

// withoutSecrets masks what Secrets hold, in each form in which a text may quote it: as
// it is, in base64, with the escapes of Go and JSON, and line by line.
func withoutSecrets(text string, contents ...map[string]any) string {
	var secrets []string
	for _, content := range contents {
		for _, field := range [...]string{"data", "stringData"} {
			values, _ := content[field].(map[string]any)
			for _, value := range values {
				value, _ := value.(string)
				secrets = append(secrets, formsOf(value)...)
				if decoded, err := base64.StdEncoding.DecodeString(value); err == nil {
					secrets = append(secrets, formsOf(string(decoded))...)
				}
			}
		}
	}
	// The longest first: one can be part of another.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range slices.Compact(secrets) {
		const shortest = 3 // less is in any text
		if len(secret) >= shortest {
			text = strings.ReplaceAll(text, secret, "(masked)")
		}
	}
	return text
}

// formsOf returns how a text may quote a secret.
func formsOf(secret string) []string {
	const shortestLine = 8 // less may be a word that says nothing, like a brace
	forms := []string{secret}
	if strings.Contains(secret, "\n") {
		for line := range strings.Lines(secret) {
			if line = strings.TrimSpace(line); len(line) >= shortestLine {
				forms = append(forms, line)
			}
		}
	}
	for _, form := range slices.Clone(forms) {
		quoted := strconv.Quote(form)
		forms = append(forms, quoted[1:len(quoted)-1])
		if written, err := json.Marshal(form); err == nil {
			forms = append(forms, string(written[1:len(written)-1]))
		}
	}
	encoded := []byte(secret)
	return append(forms, base64.StdEncoding.EncodeToString(encoded), base64.RawStdEncoding.EncodeToString(encoded), base64.URLEncoding.EncodeToString(encoded))
}

// shownError is an error whose text is fit to be shown, in place of that of its cause.
type shownError struct {
	text string
	err  error
}

// Error returns the text.
func (e *shownError) Error() string { return e.text }

// Unwrap returns the cause.
func (e *shownError) Unwrap() error { return e.err }
