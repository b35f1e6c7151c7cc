package probe_test

import (
	"path/filepath"
	"testing"

	"github.com/packstage/packstage/installer/probe"
	"github.com/packstage/packstage/manifest"
)

// BenchmarkCheck checks an available Deployment: by its kind, with the probes that
// most packages have, and with a CEL rule in their place.
func BenchmarkCheck(b *testing.B) {
	var deployment map[string]any
	for _, c := range readCases(b, filepath.Join("testdata", "kinds", "deployment.yaml")) {
		if c.name == "available" {
			deployment = c.object
		}
	}
	kind := manifest.ProbeSelector{Kind: &manifest.ProbeSelectorKind{Group: "apps", Kind: "Deployment"}}
	for _, bench := range []struct {
		name   string
		probes []manifest.Probe
	}{
		{"kind", nil},
		{"fields", []manifest.Probe{
			{Condition: &manifest.ProbeCondition{Type: "Available", Status: "True"}},
			{FieldsEqual: &manifest.ProbeFieldsEqual{FieldA: ".status.updatedReplicas", FieldB: ".status.replicas"}},
		}},
		{"cel", []manifest.Probe{{CEL: &manifest.ProbeCEL{
			Rule: "self.status.conditions.exists(c, c.type == 'Available' && c.status == 'True') && self.status.updatedReplicas == self.status.replicas",
		}}}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var entries []manifest.AvailabilityProbe
			if bench.probes != nil {
				entries = []manifest.AvailabilityProbe{{Selector: kind, Probes: bench.probes}}
			}
			set, err := probe.Compile(entries, probe.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if result := set.Check(b.Context(), deployment); result.Status != probe.Available {
					b.Fatal(result)
				}
			}
		})
	}
}
