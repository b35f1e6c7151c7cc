package packageloader

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
)

// shortestMasked is the length below which a sensitive value is too common a
// piece of text to be found in a message.
const shortestMasked = 3

// shortestMaskedPart is the same for what is only a part of the base64 of a longer
// text.
const shortestMaskedPart = 6

// maskedForms returns the texts by which a message can show a sensitive value:
// as it is, without the white space around it, as JSON, YAML and Go quote it, by
// line, since templates indent texts of several lines, and each of these in
// base64.
func maskedForms(value string) []string {
	plain := []string{value}
	if trimmed := strings.TrimSpace(value); trimmed != value {
		plain = append(plain, trimmed)
	}
	if strings.ContainsAny(value, "\r\n") {
		for line := range strings.Lines(value) {
			plain = append(plain, strings.TrimSpace(line))
		}
	}
	var forms []string
	for _, text := range plain {
		if len(text) < shortestMasked {
			continue
		}
		forms = append(forms, text)
		forms = append(forms, escapedForms(text)...)
		forms = append(forms, base64Forms(text)...)
	}
	return forms
}

// escapedForms returns what stands between the quotes where text is quoted, in
// the ways that differ from the text itself. A second time over, quoted is what
// a message quotes that a template has quoted already.
func escapedForms(text string) []string {
	if !strings.ContainsFunc(text, isEscaped) {
		return nil
	}
	var forms []string
	add := func(form string) {
		if form != text {
			forms = append(forms, form)
		}
	}
	add(inside(strconv.Quote(text)))
	add(inside(strconv.QuoteToASCII(text)))
	add(inside(strconv.Quote(inside(strconv.Quote(text)))))
	add(strings.ReplaceAll(text, "'", "''"))
	for _, html := range []bool{false, true} {
		var buffer bytes.Buffer
		encoder := json.NewEncoder(&buffer)
		encoder.SetEscapeHTML(html)
		if encoder.Encode(text) == nil {
			quoted := inside(strings.TrimSuffix(buffer.String(), "\n"))
			add(quoted)
			add(inside(strconv.Quote(quoted)))
		}
	}
	return forms
}

// isEscaped reports whether one of the ways to quote text changes a character.
func isEscaped(c rune) bool {
	return c < ' ' || c >= 0x7f || strings.ContainsRune("\"\\'<>&", c)
}

func inside(quoted string) string { return quoted[1 : len(quoted)-1] }

// base64Forms returns the base64 of text, and the part of it that is there
// whatever stands before and after the text, as in the base64 of a user's name
// and password.
func base64Forms(text string) []string {
	var forms []string
	add := func(form string) {
		forms = append(forms, form)
		if strings.ContainsAny(form, "+/") {
			forms = append(forms, urlDigits.Replace(form))
		}
	}
	for before := range 3 {
		encoded := base64.StdEncoding.EncodeToString(append(make([]byte, before), text...))
		if before == 0 {
			add(encoded)
			add(strings.TrimRight(encoded, "="))
		}
		// A digit holds six bits: kept are those that hold bits of the text alone.
		begin, end := (before*8+5)/6, (before+len(text))*8/6
		if end-begin >= shortestMaskedPart {
			add(encoded[begin:end])
		}
	}
	return forms
}

// urlDigits makes the base64 of URLs of the usual one.
var urlDigits = strings.NewReplacer("+", "-", "/", "_")
