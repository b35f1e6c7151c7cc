package export

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/packstage/packstage/internal/apigroup"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// fluxHealthChecks turns the probes of the custom resources in a phase into health
// check expressions, one for each kind: CEL over the fields of the object.
func fluxHealthChecks(probes []manifest.AvailabilityProbe, phase packagetypes.Phase) (checks []any, remarks []string) {
	type kind struct{ apiVersion, kind string }
	var done []kind
	for _, object := range phase.Objects {
		gvk := object.GroupVersionKind()
		this := kind{gvk.GroupVersion().String(), gvk.Kind}
		if apigroup.BuiltIn(gvk.Group) || slices.Contains(done, this) {
			continue
		}
		done = append(done, this)
		var terms []string
		for _, probe := range probes {
			selects := probe.Selector.Kind
			if selects == nil || selects.Group != gvk.Group || selects.Kind != gvk.Kind {
				continue
			}
			if probe.Selector.Selector != nil {
				remarks = append(remarks, fmt.Sprintf("a probe selects some of the %s by label; Flux judges all of a kind alike, so it is left out", gvk.Kind))
				continue
			}
			for _, one := range probe.Probes {
				term, ok := probeExpression(one)
				if !ok {
					remarks = append(remarks, fmt.Sprintf("the probe of %s for %s has no counterpart in Flux and is left out", gvk.Kind, probeSubject(one)))
					continue
				}
				terms = append(terms, term)
			}
		}
		if len(terms) > 0 {
			checks = append(checks, map[string]any{
				"apiVersion": this.apiVersion, "kind": this.kind, "current": strings.Join(terms, " && "),
			})
		}
	}
	return checks, remarks
}

var plainPath = regexp.MustCompile(`^(\.[A-Za-z_][A-Za-z0-9_]*)+$`)

// probeSubject is what a probe looks at, in a few words.
func probeSubject(probe manifest.Probe) string {
	const most = 80
	text := "something unknown"
	switch {
	case probe.Condition != nil:
		text = "the condition " + probe.Condition.Type
	case probe.FieldsEqual != nil:
		text = probe.FieldsEqual.FieldA + " and " + probe.FieldsEqual.FieldB
	case probe.FieldValue != nil:
		text = probe.FieldValue.FieldPath
	case probe.CEL != nil:
		text = fmt.Sprintf("the rule %q", probe.CEL.Rule)
	}
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// probeExpression writes one probe in CEL over the top fields of an object.
func probeExpression(probe manifest.Probe) (string, bool) {
	switch {
	case probe.Condition != nil:
		// A condition of an older generation does not count.
		return fmt.Sprintf("status.?conditions.orValue([]).exists(c, c.type == %s && c.status == %s && "+
			"c.?observedGeneration.orValue(metadata.generation) >= metadata.generation)",
			strconv.Quote(probe.Condition.Type), strconv.Quote(probe.Condition.Status)), true
	case probe.FieldsEqual != nil:
		a, b := probe.FieldsEqual.FieldA, probe.FieldsEqual.FieldB
		return a[min(1, len(a)):] + " == " + b[min(1, len(b)):], plainPath.MatchString(a) && plainPath.MatchString(b)
	case probe.FieldValue != nil:
		path := probe.FieldValue.FieldPath
		return fmt.Sprintf("string(%s) == %s", path[min(1, len(path)):], strconv.Quote(probe.FieldValue.Value)), plainPath.MatchString(path)
	case probe.CEL != nil:
		return ruleExpression(probe.CEL.Rule)
	default:
		return "", false
	}
}
