package fields

import (
	"math"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Contains tells whether live has every value of desired, so that applying desired
// would change nothing. Both are objects as JSON has them.
//
// Maps are compared by key, lists item by item, and have to be of one length: what
// the server or others added to a map is no difference, what they added to a list
// is. A null in desired stands for what is not there. Numbers are equal where their
// value is. Of the metadata only name, namespace, labels, annotations, finalizers and
// ownerReferences count, each as far as desired names them, without the annotations
// that the server's controllers write. A Secret's stringData counts as data. For
// kinds of Kubernetes itself quantities are equal where their amount is, empty lists
// and maps of texts stand for absent ones, and the status does not count, since the
// server drops it; custom resources have to have what desired says as it stands.
//
// The answer true can be relied on. False may also mean that the server writes the
// same in another way, as it leaves out a "hostNetwork: false": then a dry run tells.
// That live belongs to the caller, or is not being deleted, is not looked at.
func Contains(live, desired map[string]any) bool {
	c := containment{native: isNative(desired)}
	if isSecret(desired) {
		live, desired = storedSecret(live), storedSecret(desired)
	}
	for name, want := range desired {
		have := live[name]
		switch {
		case name == "metadata":
			if !c.metadata(have, want) {
				return false
			}
		case name == "status" && c.native:
		case !c.value(name, have, want):
			return false
		}
	}
	return true
}

// containment compares the values of two objects.
type containment struct {
	// native tells that the kind is one of Kubernetes itself, whose types drop what
	// is empty and write quantities in a form of their own.
	native bool
}

// metadata compares what is the caller's of the metadata.
func (c containment) metadata(live, desired any) bool {
	want, ok := desired.(map[string]any)
	if !ok {
		return desired == nil || equal(live, desired)
	}
	have, _ := live.(map[string]any)
	for name, value := range want {
		switch name {
		case "name", "namespace":
			if value != nil && value != "" && !equal(have[name], value) {
				return false
			}
		case "labels", "annotations":
			if !c.texts(name, have[name], value) {
				return false
			}
		case "finalizers":
			if !c.items(have[name], value, equal) {
				return false
			}
		case "ownerReferences":
			if !c.items(have[name], value, func(a, b any) bool { return c.value("", a, b) }) {
				return false
			}
		}
	}
	return true
}

// texts compares labels or annotations.
func (c containment) texts(name string, live, desired any) bool {
	want, ok := desired.(map[string]any)
	if !ok {
		return desired == nil || equal(live, desired)
	}
	have, _ := live.(map[string]any)
	for key, value := range want {
		if name == "annotations" && isServerAnnotation(key) {
			continue
		}
		if !sameText(have[key], value) {
			return false
		}
	}
	return true
}

// sameText compares a label, annotation or the like, of which a null is stored as "".
func sameText(live, desired any) bool {
	return desired == nil && live == "" || equal(live, desired)
}

// items tells whether each of the desired items is among the live ones.
func (c containment) items(live, desired any, same func(live, desired any) bool) bool {
	want, ok := desired.([]any)
	if !ok {
		return desired == nil || equal(live, desired)
	}
	have, _ := live.([]any)
	for _, value := range want {
		found := false
		for _, other := range have {
			found = found || same(other, value)
		}
		if !found {
			return false
		}
	}
	return true
}

// value compares what stands at the field of that name; items have none.
func (c containment) value(name string, live, desired any) bool {
	switch want := desired.(type) {
	case nil:
		return live == nil
	case map[string]any:
		have, ok := live.(map[string]any)
		if !ok {
			return live == nil && len(want) == 0 && c.native && isTextMap(name)
		}
		quantities, texts := c.native && isQuantityMap(name), c.native && isTextMap(name)
		for key, value := range want {
			other := have[key]
			if quantities && sameQuantity(other, value) || texts && sameText(other, value) {
				continue
			}
			if !c.value(key, other, value) {
				return false
			}
		}
		return true
	case []any:
		have, ok := live.([]any)
		if !ok {
			return live == nil && len(want) == 0 && c.native
		}
		if len(have) != len(want) {
			return false
		}
		for i, value := range want {
			if !c.value("", have[i], value) {
				return false
			}
		}
		return true
	}
	return equal(live, desired)
}

// equal tells whether two values of JSON are the same.
func equal(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case string:
		other, ok := b.(string)
		return ok && a == other
	case bool:
		other, ok := b.(bool)
		return ok && a == other
	case int64:
		switch b := b.(type) {
		case int64:
			return a == b
		case float64:
			return sameNumber(a, b)
		}
		return false
	case float64:
		switch b := b.(type) {
		case int64:
			return sameNumber(b, a)
		case float64:
			return a == b
		}
		return false
	case map[string]any:
		other, ok := b.(map[string]any)
		if !ok || len(a) != len(other) {
			return false
		}
		for key, value := range a {
			if against, ok := other[key]; !ok || !equal(value, against) {
				return false
			}
		}
		return true
	case []any:
		other, ok := b.([]any)
		if !ok || len(a) != len(other) {
			return false
		}
		for i := range a {
			if !equal(a[i], other[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b) // not from JSON: a program's own types
}

// sameNumber compares without losing the digits that a float64 does not hold.
func sameNumber(whole int64, number float64) bool {
	return number == math.Trunc(number) && number >= -(1<<63) && number < 1<<63 && int64(number) == whole
}

// sameQuantity compares amounts like "500m" and 0.5.
func sameQuantity(live, desired any) bool {
	have, ok := quantity(live)
	if !ok {
		return false
	}
	want, ok := quantity(desired)
	return ok && have.Cmp(want) == 0
}

func quantity(value any) (resource.Quantity, bool) {
	text, ok := value.(string)
	if !ok {
		number, ok := value.(int64)
		return *resource.NewQuantity(number, resource.DecimalSI), ok
	}
	if i := strings.IndexAny(text, "eE"); len(text) > mostQuantity || i >= 0 && i < len(text)-1 {
		return resource.Quantity{}, false
	}
	parsed, err := resource.ParseQuantity(text)
	return parsed, err == nil
}

// mostQuantity is the longest text that is read as a quantity. Those with exponents
// are not read either: to compare 1e1000000000 takes too long.
const mostQuantity = 40

// isQuantityMap tells whether a field of Kubernetes' own kinds holds quantities by
// name of the resource.
func isQuantityMap(name string) bool {
	switch name {
	case "limits", "requests", "hard", "capacity", "podFixed":
		return true
	}
	return false
}

// isTextMap tells whether a field of Kubernetes' own kinds is a map of texts or
// quantities, of which an empty one is dropped. Empty structures are kept and mean
// something, as those of a volume's source do.
func isTextMap(name string) bool {
	switch name {
	case "labels", "annotations", "matchLabels", "nodeSelector", "data", "binaryData":
		return true
	}
	return isQuantityMap(name)
}

// isNative tells whether the kind is one of Kubernetes itself: groups without a dot,
// and those of k8s.io that the server brings.
func isNative(object map[string]any) bool {
	version, _ := object["apiVersion"].(string)
	group, _, found := strings.Cut(version, "/")
	if !found || !strings.Contains(group, ".") {
		return version != ""
	}
	switch group {
	case "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io",
		"authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io",
		"flowcontrol.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "rbac.authorization.k8s.io",
		"resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io":
		return true
	}
	return false
}
