package packageloader

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// masked stands where a sensitive value was.
const masked = "***"

// shortestMasked is the length below which a sensitive value is too common a
// piece of text to be found in a message.
const shortestMasked = 3

// mask hides the sensitive values of a configuration, literally and in base64,
// in findings.
func (r *Renderer) mask(found diagnostic.Diagnostics, config map[string]any) diagnostic.Diagnostics {
	if len(found) == 0 {
		return found
	}
	var hidden []string
	for _, value := range r.config.SensitiveValues(config) {
		if len(value) < shortestMasked {
			continue
		}
		hidden = append(hidden, value, base64.StdEncoding.EncodeToString([]byte(value)),
			base64.RawStdEncoding.EncodeToString([]byte(value)),
			base64.URLEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)))
	}
	if len(hidden) == 0 {
		return found
	}
	// Longer values first: one may be the beginning of another.
	slices.SortFunc(hidden, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, value := range hidden {
		pairs = append(pairs, value, masked)
	}
	replacer := strings.NewReplacer(pairs...)
	safe := slices.Clone(found)
	for i := range safe {
		safe[i].Message = replacer.Replace(safe[i].Message)
		safe[i].Hint = replacer.Replace(safe[i].Hint)
		safe[i].Field = replacer.Replace(safe[i].Field)
		if safe[i].Message != found[i].Message {
			safe[i].Err = nil // the cause would tell
		}
	}
	return safe
}
