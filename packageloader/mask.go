package packageloader

import (
	"cmp"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// masked stands where a sensitive value was.
const masked = "***"

// Mask returns findings about a render in which the sensitive values of its
// configuration are hidden, as in those of [Renderer.Render]: for findings that others
// make of what was rendered.
func (r *Renderer) Mask(found diagnostic.Diagnostics, config map[string]any) diagnostic.Diagnostics {
	return r.mask(found, config)
}

// sensitive returns the texts by which the sensitive values of a configuration can
// show, sorted.
func (r *Renderer) sensitive(config map[string]any) []string {
	var texts []string
	for _, value := range r.config.SensitiveValues(config) {
		texts = append(texts, maskedForms(value)...)
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// mask hides the sensitive values of a configuration in findings, in all of
// their [maskedForms].
func (r *Renderer) mask(found diagnostic.Diagnostics, config map[string]any) diagnostic.Diagnostics {
	if len(found) == 0 {
		return found
	}
	// A configuration may hold very many values, of which a finding shows few.
	shown := piecesOf(found)
	var hidden []string
	for _, value := range r.config.SensitiveValues(config) {
		for _, form := range maskedForms(value) {
			if shown.mayHold(form) {
				hidden = append(hidden, form)
			}
		}
	}
	if len(hidden) == 0 {
		return found
	}
	// Longer values first: one may be the beginning of another.
	slices.SortFunc(hidden, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	hidden = slices.Compact(hidden)
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
		if safe[i].Message != found[i].Message || safe[i].Hint != found[i].Hint || safe[i].Field != found[i].Field {
			safe[i].Err = nil // the cause would tell
		}
	}
	return safe
}

// pieces are all texts of the shortest length that findings hold.
type pieces map[[shortestMasked]byte]bool

func piecesOf(found diagnostic.Diagnostics) pieces {
	all := pieces{}
	for _, d := range found {
		for _, text := range []string{d.Message, d.Hint, d.Field} {
			for i := range len(text) - shortestMasked + 1 {
				all[[shortestMasked]byte([]byte(text[i:i+shortestMasked]))] = true
			}
		}
	}
	return all
}

// mayHold reports whether a text can stand in the findings.
func (p pieces) mayHold(text string) bool {
	for i := range len(text) - shortestMasked + 1 {
		if !p[[shortestMasked]byte([]byte(text[i:i+shortestMasked]))] {
			return false
		}
	}
	return true
}
