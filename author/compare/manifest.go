package compare

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/manifest"
)

// Manifests compares two manifests: name, scopes, phases, probes, constraints,
// dependencies, filters and images. The schema of the configuration is compared by
// [ConfigSchemas], the locks by [Locks].
func Manifests(before, after *manifest.PackageManifest) []Change {
	c := &manifestComparison{a: before, b: after}
	c.metadata()
	c.scopes()
	c.phases()
	c.probes()
	c.constraints()
	c.dependencies()
	c.images()
	c.rest()
	return sortChanges(c.changes)
}

type manifestComparison struct {
	a, b    *manifest.PackageManifest
	changes []Change
}

func (c *manifestComparison) emit(code Code, effect Effect, path []any, before, after any, format string, arguments ...any) {
	change := Change{
		Code: code, Area: AreaManifest, Effect: effect, Field: fieldText(path), Before: before, After: after,
		Message: fmt.Sprintf(format, arguments...), Side: SideB, pathA: path, pathB: path,
	}
	if strings.HasPrefix(string(code), "image-") {
		change.Area = AreaImages
	}
	c.changes = append(c.changes, change)
}

// gone is emit for something that only A has, at its path there.
func (c *manifestComparison) gone(code Code, effect Effect, path []any, before any, format string, arguments ...any) {
	c.emit(code, effect, path, before, nil, format, arguments...)
	c.changes[len(c.changes)-1].Side = SideA
}

func (c *manifestComparison) metadata() {
	a, b := c.a.Metadata, c.b.Metadata
	if a.Name != b.Name {
		c.emit(NameChanged, Notable, []any{"metadata", "name"}, a.Name, b.Name,
			"the package is called %s where it was called %s: it is another one to those who depend on it, and to the labels of its objects", b.Name, a.Name)
	}
	for _, field := range []struct {
		name string
		a, b map[string]string
	}{{"labels", a.Labels, b.Labels}, {"annotations", a.Annotations, b.Annotations}} {
		for _, key := range either(field.a, field.b) {
			was, wasThere := field.a[key]
			is, isThere := field.b[key]
			path := []any{"metadata", field.name, key}
			switch {
			case !wasThere:
				c.emit(MetadataChanged, Compatible, path, nil, is, "is %s and was not there", show(is))
			case !isThere:
				c.gone(MetadataChanged, Compatible, path, was, "is gone, and was %s", show(was))
			case was != is:
				c.emit(MetadataChanged, Compatible, path, was, is, "is %s and was %s", show(is), show(was))
			}
		}
	}
}

func (c *manifestComparison) scopes() {
	a, b := c.a.Spec.Scopes, c.b.Spec.Scopes
	for i, scope := range a {
		if !slices.Contains(b, scope) {
			c.gone(ScopeRemoved, Breaking, []any{"spec", "scopes", i}, string(scope), "the scope %s is gone: instances in it cannot be upgraded", scope)
		}
	}
	for i, scope := range b {
		if !slices.Contains(a, scope) {
			c.emit(ScopeAdded, Compatible, []any{"spec", "scopes", i}, nil, string(scope), "the scope %s is new", scope)
		}
	}
	if len(a) > 0 && len(b) > 0 && a[0] != b[0] && slices.Contains(b, a[0]) {
		c.emit(ScopeDefaultChanged, Notable, []any{"spec", "scopes"}, string(a[0]), string(b[0]),
			"an instance that names no scope is in %s where it was in %s", b[0], a[0])
	}
}

func (c *manifestComparison) phases() {
	a, b := phaseIndex(c.a.Spec.Phases), phaseIndex(c.b.Spec.Phases)
	var commonA, commonB []string
	for i, phase := range c.a.Spec.Phases {
		j, ok := b[phase.Name]
		if !ok {
			c.gone(PhaseRemoved, Compatible, []any{"spec", "phases", i}, phase.Name, "the phase %s is gone", phase.Name)
			continue
		}
		commonA = append(commonA, phase.Name)
		if other := c.b.Spec.Phases[j]; other.Class != phase.Class {
			c.emit(PhaseClassChanged, Notable, []any{"spec", "phases", j, "class"}, orNil(phase.Class), orNil(other.Class),
				"the phase %s is handled by %s where it was %s", phase.Name, handler(other.Class), handler(phase.Class))
		}
	}
	for i, phase := range c.b.Spec.Phases {
		if _, ok := a[phase.Name]; ok {
			commonB = append(commonB, phase.Name)
		} else {
			c.emit(PhaseAdded, Compatible, []any{"spec", "phases", i}, nil, phase.Name, "the phase %s is new", phase.Name)
		}
	}
	if !slices.Equal(commonA, commonB) {
		c.emit(PhaseOrderChanged, Notable, []any{"spec", "phases"}, strings.Join(commonA, ", "), strings.Join(commonB, ", "),
			"the phases come in the order %s where it was %s", strings.Join(commonB, ", "), strings.Join(commonA, ", "))
	}
}

func phaseIndex(phases []manifest.Phase) map[string]int {
	index := map[string]int{}
	for i, phase := range phases {
		index[phase.Name] = i
	}
	return index
}

func handler(class string) string {
	if class == "" {
		return "the installer itself"
	}
	return "the class " + class
}

// probes compares availability probes by what they select.
func (c *manifestComparison) probes() {
	index := func(probes []manifest.AvailabilityProbe) map[string]int {
		places := map[string]int{}
		for i, probe := range probes {
			key := asText(probe.Selector)
			for n := 2; ; n++ {
				if _, taken := places[key]; !taken {
					break
				}
				key = fmt.Sprint(asText(probe.Selector), n)
			}
			places[key] = i
		}
		return places
	}
	a, b := c.a.Spec.AvailabilityProbes, c.b.Spec.AvailabilityProbes
	placesA, placesB := index(a), index(b)
	for _, key := range either(placesA, placesB) {
		i, wasThere := placesA[key]
		j, isThere := placesB[key]
		switch {
		case !wasThere:
			c.emit(ProbeAdded, Notable, []any{"spec", "availabilityProbes", j}, nil, asPlain(b[j]), "%s are available only when a new probe says so", selected(b[j].Selector))
		case !isThere:
			c.gone(ProbeRemoved, Notable, []any{"spec", "availabilityProbes", i}, asPlain(a[i]), "the probe of %s is gone: they count as available sooner", selected(a[i].Selector))
		case asText(a[i].Probes) != asText(b[j].Probes):
			c.emit(ProbeChanged, Notable, []any{"spec", "availabilityProbes", j, "probes"}, asPlain(a[i].Probes), asPlain(b[j].Probes), "%s are probed in another way", selected(b[j].Selector))
		}
	}
}

func selected(selector manifest.ProbeSelector) string {
	text := "all objects"
	if selector.Kind != nil {
		text = selector.Kind.Kind + " objects"
	}
	if selector.Selector != nil {
		text += " with certain labels"
	}
	return text
}

// asText returns a part of a manifest as JSON.
func asText(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(data)
}

// asPlain returns a part of a manifest as plain values.
func asPlain(value any) any {
	var plain any
	if json.Unmarshal([]byte(asText(value)), &plain) != nil {
		return nil
	}
	return plain
}

// rest compares what shows in objects, or only to authors.
func (c *manifestComparison) rest() {
	a, b := c.a.Spec, c.b.Spec
	switch {
	case a.Components == nil && b.Components != nil:
		c.emit(ComponentAdded, Compatible, []any{"spec", "components"}, nil, nil, "the package has components now")
	case a.Components != nil && b.Components == nil:
		c.gone(ComponentRemoved, Breaking, []any{"spec", "components"}, nil, "the package has no components any more")
	}
	if asText(a.Repositories) != asText(b.Repositories) {
		c.emit(RepositoriesChanged, Compatible, []any{"spec", "repositories"}, nil, nil, "dependencies are looked up elsewhere")
	}
	if asText(a.Filter) != asText(b.Filter) {
		c.emit(FilterChanged, Compatible, []any{"spec", "filter"}, nil, nil, "other conditions drop objects; what that means stands under objects")
	}
	if asText(c.a.Test) != asText(c.b.Test) {
		c.emit(TestsChanged, Compatible, []any{"test"}, nil, nil, "the author's tests are others")
	}
}
