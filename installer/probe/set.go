package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/celenv"
	"github.com/packstage/packstage/manifest"
)

// Options are the options of [Compile]. The zero value is the default.
type Options struct {
	// WithoutKindRules makes objects that no probe selects available as soon as
	// they exist, and lets nothing but the probes judge the others.
	WithoutKindRules bool
	// CostLimit bounds the cost of evaluating one CEL rule once, in the units of
	// cel-go. Zero is 100,000.
	CostLimit int64
}

// Set holds the compiled availability probes of a package. It is immutable and
// safe for concurrent use.
type Set struct {
	entries          []entry
	withoutKindRules bool
}

// entry is one availability probe.
type entry struct {
	selector selector
	checks   []check
}

// check is one compiled probe. It returns what is unmet, and whether anything is.
type check interface {
	check(ctx context.Context, object map[string]any) (Result, bool)
}

// Compile compiles the availability probes of a package; no probes make a set that
// judges by kind alone. The probes are not kept.
//
// The error is a [diagnostic.Diagnostics] with all that is wrong with the probes:
// an empty list, a selector that Kubernetes would not take, a path that leads
// nowhere, a CEL rule that does not compile or is no boolean. Field is the place
// in the manifest, such as "spec.availabilityProbes[0].probes[1].cel.rule". A probe
// of no kind checks nothing, and one of several kinds checks all of them.
func Compile(probes []manifest.AvailabilityProbe, options Options) (*Set, error) {
	c := compiler{costLimit: options.CostLimit}
	set := &Set{withoutKindRules: options.WithoutKindRules}
	for i, probe := range probes {
		field := []any{"spec", "availabilityProbes", i}
		compiled := entry{selector: c.selector(probe.Selector, field)}
		if len(probe.Probes) == 0 {
			c.add(diagnostic.ManifestRequired, "is required", nil, append(field, "probes")...)
		}
		for j, one := range probe.Probes {
			compiled.checks = append(compiled.checks, c.checks(one, append(field, "probes", j))...)
		}
		set.entries = append(set.entries, compiled)
	}
	if err := c.findings.Sorted().Err(); err != nil {
		return nil, err
	}
	return set, nil
}

// Check judges one object, given as the plain values of its JSON: maps, lists,
// strings, booleans, int64, float64 and nil. Nil stands for an object that does not
// exist. The object is only read. A context that is done while a CEL rule is
// evaluated makes the rule unmet.
func (s *Set) Check(ctx context.Context, object map[string]any) Result {
	if object == nil {
		return notFound()
	}
	if result, ok := terminating(object); ok {
		return result
	}
	var first Result
	selected, holding, unmet := false, 0, 0
	for _, entry := range s.entries {
		if !entry.selector.selects(object) {
			continue
		}
		if !selected {
			selected = true
			if result, ok := outdated(object); ok {
				return result
			}
		}
		for _, check := range entry.checks {
			result, missing := check.check(ctx, object)
			switch {
			case !missing:
				holding++
			case unmet == 0:
				first, unmet = result, 1
			default:
				unmet++
			}
		}
	}
	switch {
	case !selected && s.withoutKindRules:
		return available(ReasonExists, "exists")
	case !selected:
		return Kind(object)
	case unmet == 0:
		return available(ReasonProbesHold, holds(holding))
	default:
		return s.unavailable(object, first, unmet-1)
	}
}

func holds(probes int) string {
	switch probes {
	case 0:
		return "exists" // entries whose probes check nothing
	case 1:
		return "its probe holds"
	default:
		return fmt.Sprintf("its %d probes hold", probes)
	}
}

// unavailable completes the result of the first probe that does not hold.
func (s *Set) unavailable(object map[string]any, first Result, more int) Result {
	if more == 1 {
		first.Message += "; and 1 more probe does not hold"
	} else if more > 1 {
		first.Message += fmt.Sprintf("; and %d more probes do not hold", more)
	}
	if s.withoutKindRules {
		return first
	}
	verdict := Kind(object)
	if verdict.Status != Failed {
		return first
	}
	if !strings.Contains(first.Message, verdict.Message) {
		verdict.Message = first.Message + "; " + verdict.Message
	}
	return verdict
}

// compiler collects what is wrong with probes.
type compiler struct {
	costLimit int64
	// environment is made for the first rule: most packages have none, and it is
	// what takes time.
	environment *celenv.Environment
	findings    diagnostic.Diagnostics
}

func (c *compiler) add(code diagnostic.Code, message string, err error, field ...any) {
	finding := diagnostic.Diagnostic{Code: code, Field: diagnostic.FieldPath(field...), Message: message, Err: err}
	c.findings = append(c.findings, finding)
}

// checks compiles one probe: one check for each kind of probe that it has.
func (c *compiler) checks(probe manifest.Probe, field []any) []check {
	field = slices.Clip(field)
	var compiled []check
	if p := probe.Condition; p != nil {
		c.required(p.Type, append(field, "condition", "type"))
		c.required(p.Status, append(field, "condition", "status"))
		compiled = append(compiled, conditionCheck{p.Type, p.Status})
	}
	if p := probe.FieldsEqual; p != nil {
		compiled = append(compiled, fieldsEqualCheck{
			a: c.path(p.FieldA, append(field, "fieldsEqual", "fieldA")),
			b: c.path(p.FieldB, append(field, "fieldsEqual", "fieldB")),
		})
	}
	if p := probe.FieldValue; p != nil {
		compiled = append(compiled, fieldValueCheck{
			path: c.path(p.FieldPath, append(field, "fieldValue", "fieldPath")), value: p.Value,
		})
	}
	if p := probe.CEL; p != nil {
		compiled = append(compiled, celCheck{program: c.rule(p.Rule, append(field, "cel", "rule")), message: p.Message})
	}
	return compiled
}

func (c *compiler) required(value string, field []any) {
	if value == "" {
		c.add(diagnostic.ManifestRequired, "is required", nil, field...)
	}
}

func (c *compiler) path(text string, field []any) path {
	if text == "" {
		c.required(text, field)
		return path{}
	}
	parsed, err := parsePath(text)
	if err != nil {
		c.add(diagnostic.ManifestInvalidValue, fmt.Sprintf("the path %s %v", quoted(text), err), err, field...)
	}
	return parsed
}
