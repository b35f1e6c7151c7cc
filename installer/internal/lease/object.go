package lease

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/plain"
)

// microTime is the form of times in a Lease.
const microTime = "2006-01-02T15:04:05.000000Z07:00"

// Reference returns the Lease of a release.
func Reference(release cluster.Release) cluster.Reference {
	kind := schema.GroupVersionKind{Group: "coordination.k8s.io", Version: "v1", Kind: "Lease"}
	return cluster.NewReference(kind, release.Namespace, "packstage."+release.Name)
}

// seen is what tells whether a Lease has changed.
type seen struct {
	holder, renewed, version, uid string
}

func observe(object *unstructured.Unstructured) seen {
	return seen{
		holder: specText(object, "holderIdentity"), renewed: specText(object, "renewTime"),
		version: object.GetResourceVersion(), uid: string(object.GetUID()),
	}
}

func specText(object *unstructured.Unstructured, field string) string {
	text, _, _ := unstructured.NestedString(object.Object, "spec", field)
	return text
}

// shown makes what a holder calls itself fit for messages: whoever may write the Lease
// chooses it.
func shown(holder string) string {
	const longest = 200
	return plain.Line(holder, longest)
}

// specTime returns a time of a Lease; zero where there is none.
func specTime(object *unstructured.Unstructured, field string) time.Time {
	parsed, err := time.Parse(time.RFC3339Nano, specText(object, field))
	if err != nil {
		return time.Time{}
	}
	return parsed
}

// durationOf returns how long a Lease holds by what it says, or fallback.
func durationOf(object *unstructured.Unstructured, fallback time.Duration) time.Duration {
	seconds, found, err := unstructured.NestedInt64(object.Object, "spec", "leaseDurationSeconds")
	if err != nil || !found || seconds < 1 {
		return fallback
	}
	return time.Duration(min(seconds, int64(MaxDuration/time.Second))) * time.Second
}

// newIdentity returns a name for the Lease that nobody else has.
func newIdentity(holder string) string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	return holder + "_" + hex.EncodeToString(random[:])
}

// newObject returns a Lease that is held from now on.
func newObject(release cluster.Release, identity string, duration time.Duration) *unstructured.Unstructured {
	reference := Reference(release)
	object := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{}}}
	object.SetGroupVersionKind(reference.GroupVersionKind())
	object.SetNamespace(reference.Namespace)
	object.SetName(reference.Name)
	hold(object, identity, duration)
	return object
}

// hold changes a Lease such that identity holds it from now on.
func hold(object *unstructured.Unstructured, identity string, duration time.Duration) {
	now := time.Now().UTC().Format(microTime)
	spec, _ := object.Object["spec"].(map[string]any)
	if spec == nil {
		spec = map[string]any{}
		object.Object["spec"] = spec
	}
	if spec["holderIdentity"] != identity {
		transitions, _, _ := unstructured.NestedInt64(object.Object, "spec", "leaseTransitions")
		if object.GetResourceVersion() != "" {
			transitions++
		}
		spec["leaseTransitions"] = transitions
		spec["acquireTime"] = now
	}
	spec["holderIdentity"] = identity
	spec["leaseDurationSeconds"] = int64(duration / time.Second)
	spec["renewTime"] = now
}
