package probe_test

import (
	"context"
	"fmt"

	"github.com/packstage/packstage/installer/probe"
	"github.com/packstage/packstage/manifest"
)

// A rollout waits until an object passes the probes of its package.
func ExampleSet_Check() {
	set, err := probe.Compile([]manifest.AvailabilityProbe{{
		Selector: manifest.ProbeSelector{Kind: &manifest.ProbeSelectorKind{Group: "example.com", Kind: "Database"}},
		Probes: []manifest.Probe{
			{Condition: &manifest.ProbeCondition{Type: "Ready", Status: "True"}},
			{CEL: &manifest.ProbeCEL{Rule: "self.status.members >= self.spec.members", Message: "members are missing"}},
		},
	}}, probe.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	database := map[string]any{
		"apiVersion": "example.com/v1",
		"kind":       "Database",
		"metadata":   map[string]any{"name": "orders", "generation": int64(1)},
		"spec":       map[string]any{"members": int64(3)},
		"status": map[string]any{
			"members": int64(2),
			"conditions": []any{map[string]any{
				"type": "Ready", "status": "False", "reason": "Joining", "message": "waiting for member 3",
				"lastTransitionTime": "2026-11-21T18:32:48Z",
			}},
		},
	}
	result := set.Check(context.Background(), database)
	fmt.Println(result.Status, result.Reason, result.Since.Format("15:04:05"))
	fmt.Println(result.Message)
	// Output:
	// Progressing Joining 18:32:48
	// condition Ready is False: waiting for member 3; and 1 more probe does not hold
}

// Kinds without a probe are judged by what their controllers write.
func ExampleKind() {
	deployment := map[string]any{
		"apiVersion": "apps/v1",
		"kind":       "Deployment",
		"metadata":   map[string]any{"name": "api", "generation": int64(2)},
		"spec":       map[string]any{"replicas": int64(3)},
		"status": map[string]any{
			"observedGeneration": int64(2), "replicas": int64(4), "updatedReplicas": int64(2), "availableReplicas": int64(3),
		},
	}
	result := probe.Kind(deployment)
	fmt.Printf("%s: %s\n", result.Status, result.Message)
	// Output:
	// Progressing: 2 of 3 replicas are updated
}

// All that is wrong with the probes is found at once, before anything is installed.
func ExampleCompile() {
	_, err := probe.Compile([]manifest.AvailabilityProbe{{
		Selector: manifest.ProbeSelector{Kind: &manifest.ProbeSelectorKind{Kind: "Pod"}},
		Probes: []manifest.Probe{
			{FieldValue: &manifest.ProbeFieldValue{FieldPath: ".status.containerStatuses[first].ready", Value: "true"}},
			{CEL: &manifest.ProbeCEL{Rule: "size(self.status.podIPs)"}},
		},
	}}, probe.Options{})
	fmt.Println(err)
	// Output:
	// 2 findings:
	// - spec.availabilityProbes[0].probes[0].fieldValue.fieldPath: the path ".status.containerStatuses[first].ready" has "first" in brackets: an index is a number from 0, a key stands in quotes [manifest-invalid-value]
	// - spec.availabilityProbes[0].probes[1].cel.rule: the rule must be true or false [manifest-invalid-value]
}
