package fields

import (
	"math"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

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
