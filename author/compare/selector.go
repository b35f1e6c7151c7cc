package compare

import "slices"

// selects reports whether a label selector selects an object; one that says nothing
// selects all.
func selects(selector any, object map[string]any) bool {
	labels := mapAt(object, "metadata", "labels")
	for key, value := range mapAt(selector, "matchLabels") {
		if !equal(value, labels[key]) {
			return false
		}
	}
	for _, expression := range listAt(selector, "matchExpressions") {
		value, there := labels[textAt(expression, "key")]
		listed := slices.ContainsFunc(listAt(expression, "values"), func(one any) bool { return equal(one, value) })
		var holds bool
		switch textAt(expression, "operator") {
		case "In":
			holds = there && listed
		case "NotIn":
			holds = !there || !listed
		case "Exists":
			holds = there
		case "DoesNotExist":
			holds = !there
		}
		if !holds {
			return false
		}
	}
	return true
}
