package chart

import (
	"maps"
	"strings"
)

// adoptDefaults finds parameters that are empty texts and for which the chart has
// another text then, the same everywhere (an empty tag that stands for the version of
// the application). That text becomes the default of the property, and empty text is
// no longer allowed: the templates need no condition.
func adoptDefaults(parameters []*parameter, objects []*object) {
	for _, p := range parameters {
		if p.property == nil || p.base != "" || !p.varies() {
			continue
		}
		instead, ok := insteadOf(p, objects)
		if !ok {
			continue
		}
		for _, o := range objects {
			o.tree.visit(func(n *node) {
				if n.isChoiceBy(p) {
					chosen := *n.chosen(true)
					*n = chosen
				}
			})
		}
		p.adopted = true
		p.property.Default = instead
		p.property.Schema = maps.Clone(p.property.Schema)
		p.property.Schema["minLength"] = int64(1)
	}
}

// insteadOf returns the text that stands in the place of an empty parameter, if there
// is a single one.
func insteadOf(p *parameter, objects []*object) (string, bool) {
	instead, found, single := "", false, true
	var see func(n *node)
	see = func(n *node) {
		if n.isChoiceBy(p) {
			text, ok := missing(p, n.chosen(true), n.chosen(false))
			single = single && ok && (!found || instead == text)
			instead, found = text, true
			return
		}
		if n.kind == choiceNode {
			single = single && !mentions(n.when, p)
			see(n.then)
			see(n.otherwise)
		}
		single = single && n.parameter != p
		for _, piece := range n.parts {
			single = single && piece.parameter != p
		}
		for _, child := range n.entries {
			single = single && !mentions(child.when, p)
			see(child.node)
		}
	}
	for _, o := range objects {
		single = single && !mentions(o.when, p)
		see(o.tree)
	}
	return instead, found && single && instead != ""
}

func mentions(c condition, p *parameter) bool {
	for _, mentioned := range c.parameters() {
		if mentioned == p {
			return true
		}
	}
	return false
}

// isChoiceBy reports whether a node is a choice by one parameter alone.
func (n *node) isChoiceBy(p *parameter) bool {
	return n.kind == choiceNode && len(n.when) == 1 && len(n.when[0]) == 1 && n.when[0][0].parameter == p
}

// chosen is what a choice by one parameter gives where that is truthy, or is not.
func (n *node) chosen(truthy bool) *node {
	if n.when[0][0].truthy == truthy {
		return n.then
	}
	return n.otherwise
}

// missing is the text that has to stand in the place of the parameter, so that the
// first node gives the second.
func missing(p *parameter, with, without *node) (string, bool) {
	before, after, ok := strings.Cut(with.identity(), "\x00"+p.name+"\x00")
	whole := without.identity()
	if !ok || len(whole) < len(before)+len(after) || !strings.HasPrefix(whole, before) || !strings.HasSuffix(whole, after) {
		return "", false
	}
	text := whole[len(before) : len(whole)-len(after)]
	if strings.Contains(text, "\x00") || !equal(with.substituted(p, text), without) {
		return "", false
	}
	return text, true
}
