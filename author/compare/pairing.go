package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// pairing is the root or a component in both packages.
type pairing struct {
	component string
	// a or b is nil where only the other one has the component.
	a, b    *side
	options Options
	report  *Report
	cases   []pairedCase
	// seen are the changes of rendered objects by identity, as places in the report.
	seen map[string]int
}

func (p *pairing) wants(areas ...Area) bool {
	return slices.ContainsFunc(areas, func(area Area) bool { return slices.Contains(p.report.Areas, area) })
}

// renders reports whether something is compared that has to be rendered for it.
func (p *pairing) renders() bool { return p.wants(AreaCases, AreaCRDs, AreaRBAC, AreaObjects) }

func (p *pairing) add(changes ...Change) {
	for _, change := range changes {
		if p.wants(change.Area) {
			change.Component = p.component
			p.report.Changes = append(p.report.Changes, change)
		}
	}
}

// compare compares what both have. Next is called for each case that is done.
func (p *pairing) compare(ctx context.Context, next func()) error {
	switch {
	case p.a == nil:
		p.add(Change{
			Code: ComponentAdded, Area: AreaManifest, Effect: Compatible, Side: SideB, Position: p.b.file(p.b.suite.Package.ManifestPath),
			Message: fmt.Sprintf("the component %s is new", p.component),
		})
		return nil
	case p.b == nil:
		p.add(Change{
			Code: ComponentRemoved, Area: AreaManifest, Effect: Breaking, Side: SideA, Position: p.a.file(p.a.suite.Package.ManifestPath),
			Message: fmt.Sprintf("the component %s is gone", p.component),
		})
		return nil
	}
	a, b := p.a.suite.Package, p.b.suite.Package
	changes := Manifests(a.Manifest, b.Manifest)
	changes = append(changes, ConfigSchemas(a.Manifest.Spec.Config.OpenAPIV3Schema, b.Manifest.Spec.Config.OpenAPIV3Schema)...)
	for i := range changes {
		changes[i].Position = p.of(changes[i].Side).inManifest(&changes[i])
	}
	locks := Locks(a.Lock, b.Lock)
	for i := range locks {
		locks[i].Position = p.of(locks[i].Side).inLock(&locks[i])
	}
	p.add(changes...)
	p.add(locks...)
	if !p.renders() {
		return nil
	}
	if len(p.cases) == 0 {
		p.report.Findings = append(p.report.Findings, diagnostic.Diagnostic{
			Code: diagnostic.TemplatesNotRendered, Severity: diagnostic.Warning, Component: p.component,
			Message: "objects were not compared: the configuration has required keys, and there is no test case",
			Hint:    "add a case to test.template in the manifest, or name a configuration with --config",
		})
	}
	for _, c := range p.cases {
		if err := p.compareCase(ctx, c); err != nil {
			return err
		}
		next()
	}
	return nil
}

func (p *pairing) of(side Side) *side {
	if side == SideA {
		return p.a
	}
	return p.b
}

// compareCase renders both with one context and compares what comes out.
func (p *pairing) compareCase(ctx context.Context, c pairedCase) error {
	a, err := p.a.render(ctx, c.context)
	if err != nil {
		return err
	}
	b, err := p.b.render(ctx, c.context)
	if err != nil {
		return err
	}
	compared := ComparedCase{
		Component: p.component, Name: c.name, From: c.from,
		Compared: a.instance != nil && b.instance != nil, Ignored: append(slices.Clone(a.ignored), b.ignored...),
	}
	p.report.Cases = append(p.report.Cases, compared)
	p.outcome(c, a, b)
	if compared.Compared {
		p.objects(ctx, c, a.instance, b.instance)
	}
	return ctx.Err()
}

// outcome says whether a case renders in only one of the packages.
func (p *pairing) outcome(c pairedCase, a, b rendered) {
	change := Change{
		Area: AreaCases, Cases: []string{c.name}, Position: p.of(c.from).place(c.position), Side: c.from, Field: c.name,
	}
	switch aWorks, bWorks := len(a.faults) == 0, len(b.faults) == 0; {
	case aWorks && !bWorks:
		change.Code, change.Effect = CaseFails, Breaking
		change.Message = fmt.Sprintf("the case %s renders with A and fails with B: %s", c.name, firstFault(b.faults))
		p.add(change)
	case !aWorks && bWorks:
		change.Code, change.Effect = CaseWorks, Compatible
		change.Message = fmt.Sprintf("the case %s renders with B and fails with A: %s", c.name, firstFault(a.faults))
		p.add(change)
	case !aWorks && !bWorks && !c.mayFail:
		fault := b.faults[0]
		fault.Severity, fault.Component = diagnostic.Warning, p.component
		consequence := "so its objects were not compared"
		if a.instance != nil && b.instance != nil {
			consequence = "so its objects were compared without the keys that are not known"
		} else if len(p.options.Configs) > 0 { // what was asked for cannot be had
			fault.Severity = diagnostic.Error
		}
		fault.Message = fmt.Sprintf("the case %s fails with A and with B, %s: %s", c.name, consequence, fault.Message)
		p.report.Findings = append(p.report.Findings, fault)
	}
}

func firstFault(found diagnostic.Diagnostics) string {
	first := found[0]
	text := fmt.Sprintf("%s [%s]", first.Message, first.Code)
	if first.Field != "" {
		text = first.Field + ": " + text
	}
	if len(found) > 1 {
		text += fmt.Sprintf(" and %d more", len(found)-1)
	}
	return text
}

// objects compares what two renders made, and puts each change that the report has
// already under one more case.
func (p *pairing) objects(ctx context.Context, c pairedCase, a, b *packagetypes.Instance) {
	var changes []Change
	objects := objectsComparison{before: placeObjects(a.Phases, ownNamespaceOf(a)), after: placeObjects(b.Phases, ownNamespaceOf(b))}
	if p.wants(AreaObjects, AreaCRDs) {
		objects.compare()
		changes = objects.changes
	}
	if p.wants(AreaCRDs) {
		for _, one := range objects.after.ordered {
			other := objects.before.byKey[one.key]
			if isCRD(one.key) && other != nil && !equal(other.content()["spec"], one.content()["spec"]) {
				changes = append(changes, CustomResourceDefinitions(other.content(), one.content())...)
			}
		}
	}
	if p.wants(AreaRBAC) {
		changes = append(changes, Permissions(objects.before.contents(), objects.after.contents())...)
	}
	changes = slices.DeleteFunc(changes, func(change Change) bool { return !p.wants(change.Area) })
	p.a.mask(changes, a.AdmittedConfig)
	p.b.mask(changes, b.AdmittedConfig)
	positions := map[Side]*finder{SideA: newFinder(p.a, c.context, objects.before), SideB: newFinder(p.b, c.context, objects.after)}
	if p.seen == nil {
		p.seen = map[string]int{}
	}
	for _, change := range sortChanges(changes) {
		id := change.identity()
		if i, ok := p.seen[id]; ok {
			cases := &p.report.Changes[i].Cases
			if last := len(*cases) - 1; (*cases)[last] != c.name {
				*cases = append(*cases, c.name)
			}
			continue
		}
		change.Position = positions[change.Side].find(ctx, &change)
		change.Cases = []string{c.name}
		p.seen[id] = len(p.report.Changes)
		p.add(change)
	}
}

// ownNamespaceOf is the namespace that objects are in which name none.
func ownNamespaceOf(instance *packagetypes.Instance) string {
	if instance.Scope == manifest.ScopeNamespaced {
		return instance.Namespace
	}
	return ""
}

// asFindings returns what is wrong with a package or its configuration, or another
// error.
func asFindings(ctx context.Context, err error) (diagnostic.Diagnostics, error) {
	if err == nil {
		return nil, nil
	}
	if ctx.Err() != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	found, ok := diagnostic.From(err)
	if !ok || len(found) == 0 {
		return nil, err
	}
	return found, nil
}
