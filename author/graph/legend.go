package graph

import "slices"

// family is a group of relations that are drawn alike.
type family struct {
	class, label string
	relations    []Relation
}

var families = [...]family{
	{"identity", "identity and permissions", []Relation{RunsAs, GivesRole, GivesTo}},
	{"config", "configuration and storage", []Relation{ReadsFrom, Mounts, PullsWith}},
	{"traffic", "traffic", []Relation{Selects, RoutesTo, Calls, GovernedBy}},
	{"type", "definition", []Relation{DefinedBy}},
	{"other", "other", []Relation{Scales, References}},
}

func familyOf(relation Relation) string {
	for _, family := range families {
		if slices.Contains(family.relations, relation) {
			return family.class
		}
	}
	return "other"
}

// used are the families that the edges of the graph belong to.
func (l *layout) used() []family {
	var used []family
	for _, family := range families {
		if slices.ContainsFunc(l.graph.Edges, func(edge Edge) bool { return slices.Contains(family.relations, edge.Relation) }) {
			used = append(used, family)
		}
	}
	return used
}

// legend says what the colours mean, in as many as fit into the width.
func (p *picture) legend() {
	x, y := margin+4, p.height-margin-6
	for _, family := range p.used() {
		width := 44 + len(family.label)*charWidth
		if x+width > p.width && x > margin+4 {
			return
		}
		p.printf("<g class=\"ps-legend\"><path class=\"ps-edge ps-%s\" d=\"M%d %dh22\" marker-end=\"url(#%s-%s)\"/><text x=\"%d\" y=\"%d\">%s</text></g>\n",
			family.class, x, y-4, p.options.Prefix, family.class, x+30, y, escaped(family.label))
		x += width
	}
}

// Styles returns the styles of embedded pictures. They take colours from the custom
// properties of the page where it sets them: --ps-paper, --ps-box, --ps-line,
// --ps-text, --ps-muted and --ps-accent.
func Styles() string { return styles }

const styles = `
.ps-graph{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;display:block}
.ps-phase rect{fill:var(--ps-column);stroke:var(--ps-line)}
.ps-phase circle{fill:var(--ps-accent)}
.ps-number{fill:var(--ps-paper);font-size:12px;font-weight:600;text-anchor:middle}
.ps-heading{fill:var(--ps-text);font-size:14px;font-weight:600}
.ps-next{fill:none;stroke:var(--ps-muted);stroke-width:1.5}
.ps-node rect{fill:var(--ps-box);stroke:var(--ps-border)}
.ps-kind{fill:var(--ps-muted);font-size:11px;font-weight:400}
.ps-name{fill:var(--ps-text);font-size:12px;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.ps-edge{fill:none;stroke-width:1.4;stroke-opacity:.85}
.ps-legend text{fill:var(--ps-muted);font-size:11px}
.ps-identity{stroke:var(--ps-identity)}.ps-config{stroke:var(--ps-config)}.ps-traffic{stroke:var(--ps-traffic)}.ps-type{stroke:var(--ps-type)}.ps-other{stroke:var(--ps-muted)}
.ps-tip{stroke:none}.ps-tip.ps-identity{fill:var(--ps-identity)}.ps-tip.ps-config{fill:var(--ps-config)}.ps-tip.ps-traffic{fill:var(--ps-traffic)}.ps-tip.ps-type{fill:var(--ps-type)}.ps-tip.ps-other{fill:var(--ps-muted)}
`

// standaloneStyles set the colours of a picture that is a file of its own.
const standaloneStyles = `
.ps-graph{--ps-paper:#fff;--ps-column:#f6f7f9;--ps-box:#fff;--ps-line:#e3e6eb;--ps-border:#c9cfd8;--ps-text:#1b2430;--ps-muted:#5b6675;--ps-accent:#1f5fbf;--ps-identity:#7b3fb5;--ps-config:#1f6fb2;--ps-traffic:#18794e;--ps-type:#a15c00}
@media (prefers-color-scheme:dark){.ps-graph{--ps-paper:#11161d;--ps-column:#171d26;--ps-box:#1f2732;--ps-line:#27303c;--ps-border:#3a4553;--ps-text:#e6eaf0;--ps-muted:#9aa6b5;--ps-accent:#7fb0f5;--ps-identity:#c39af0;--ps-config:#7db8f0;--ps-traffic:#6fcf9b;--ps-type:#e5b567}}
.ps-paper{fill:var(--ps-paper)}
`
