package compare

import (
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// pairedCase is a context that both packages are rendered with.
type pairedCase struct {
	name     string
	from     Side
	context  packagetypes.Context
	position diagnostic.Position
	// mayFail is set where the author expects an error.
	mayFail bool
}

// listCases returns the cases of B, and then those of A that B does not have: by
// name, and not one with a context that is there already.
func (p *pairing) listCases() []pairedCase {
	var cases []pairedCase
	names, contexts := map[string]bool{}, map[string]bool{}
	add := func(one pairedCase) {
		text := canonical(one.context)
		if names[one.name] || one.from == SideA && contexts[text] {
			return
		}
		names[one.name], contexts[text] = true, true
		cases = append(cases, one)
	}
	for _, config := range p.options.Configs {
		add(pairedCase{name: config.Name, from: SideB, context: p.complete(p.b, packagetypes.Context{Config: config.Config})})
	}
	if len(p.options.Configs) > 0 {
		return cases
	}
	for _, from := range []*side{p.b, p.a} {
		for _, one := range from.suite.Cases {
			add(pairedCase{
				name: one.Name, from: from.name, context: p.complete(from, one.Context), position: one.Position, mayFail: one.Error != nil,
			})
		}
	}
	return cases
}

// complete sets in a context what each package would fill in on its own, so that
// both see the same.
func (p *pairing) complete(from *side, c packagetypes.Context) packagetypes.Context {
	pkg := from.suite.Package
	if c.Package.Metadata.Name == "" {
		c.Package.Metadata.Name = pkg.Manifest.Metadata.Name
	}
	if c.Scope == "" && len(pkg.Manifest.Spec.Scopes) > 0 {
		c.Scope = pkg.Manifest.Spec.Scopes[0]
	}
	for _, one := range []*side{p.b, p.a} {
		if c.Package.Image == "" {
			c.Package.Image = one.suite.Package.Reference
		}
	}
	return c
}
