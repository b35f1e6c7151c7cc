package coverage

import (
	"crypto/sha256"
	"encoding/base64"
)

// pagePolicy lets the browser use the styles of the page and nothing else: there is no
// program in it.
func pagePolicy() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'"
}

func (w *pageWriter) totals(t Totals) {
	w.printf("<ul class=\"totals\">\n")
	for _, total := range []struct {
		name  string
		count Count
	}{
		{"All points", t.Points}, {"Actions", t.Actions}, {"Branches", t.Branches}, {"Definitions", t.Definitions},
		{"Outcomes of conditions", t.Outcomes}, {"Files", t.Files}, {"Properties reached", t.Properties},
		{"Properties set to more than the default", t.Varied},
	} {
		if total.count.Total == 0 {
			continue
		}
		w.printf("<li><span>%s</span><b>%s</b><span class=\"of\">%s</span><meter min=\"0\" max=\"%d\" value=\"%d\" aria-hidden=\"true\"></meter></li>\n",
			total.name, percent(total.count), total.count, total.count.Total, total.count.Reached)
	}
	w.printf("</ul>\n")
}

func (w *pageWriter) legend() {
	w.printf("<ul class=\"legend\" aria-label=\"Signs\">\n<li><span class=\"yes\">✓</span> <code class=\"r\">reached</code></li>\n" +
		"<li><span class=\"part\">◐</span> <code class=\"p\">reached, but a branch is not</code></li>\n" +
		"<li><span class=\"no\">✗</span> <code class=\"m\">not reached</code></li>\n<li><code class=\"u\">text in a branch that is not reached</code></li>\n" +
		"<li>Lines with a sign open: they say which cases came there.</li>\n</ul>\n")
}
