package compare

import (
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/apigroup"
)

// fieldEffect says what the change of a field means, and why where that is not plain.
func fieldEffect(key objectKey, at fieldPlace, a, b any) (Effect, string) {
	names := at.names()
	switch {
	case len(names) == 0:
		return Notable, ""
	case isDefault(key, names, a, b):
		return Compatible, "this is what holds where it is left out"
	case isSameAmount(names, a, b):
		return Compatible, "it is the same amount"
	case key.group == "" && key.kind == "PersistentVolumeClaim" && at.last() == "storage":
		return Compatible, "the claim grows, where its class allows that"
	case isEmptyList(orElse(a, b)) && isEmptyList(orElse(b, a)) && apigroup.BuiltIn(key.group):
		return Compatible, "an empty list is as good as none"
	case names[0] == "status":
		return Compatible, "the status belongs to controllers"
	case names[0] == "metadata" && len(names) > 1 && (names[1] == "labels" || names[1] == "annotations"):
		return Compatible, ""
	case key.group == rbacGroupName && slices.Contains([]string{"rules", "subjects", "aggregationRule"}, names[0]):
		return Compatible, "what it means stands under permissions"
	case at.last() == "image" && slices.Contains(names, "spec"):
		return imageEffect(a, b)
	case key.group == "" && key.kind == "Service":
		return serviceEffect(names, a, b)
	}
	return Notable, ""
}

// isDefault reports whether a field was written out, or left out, whose value is the
// one that it has where it is left out.
func isDefault(key objectKey, names []string, a, b any) bool {
	if a != nil && b != nil {
		return false
	}
	if value, ok := leftOutDefault(key, names); ok && equal(orElse(a, b), value) {
		return true
	}
	path := strings.Join(names, ".")
	return slices.ContainsFunc(immutableFields, func(field immutableField) bool {
		return field.fallback != nil && field.path == path && field.matches(key) &&
			equal(orElse(a, field.fallback), orElse(b, field.fallback))
	})
}

// isSameAmount reports whether an amount of a resource is written in another way.
func isSameAmount(names []string, a, b any) bool {
	if !slices.ContainsFunc(names, func(name string) bool {
		return slices.Contains([]string{"requests", "limits", "capacity", "hard"}, name)
	}) {
		return false
	}
	before, wasAmount := quantity(a)
	after, isAmount := quantity(b)
	return wasAmount && isAmount && before.Cmp(after) == 0
}

// imageEffect tells another build of one image from another image. Rendered images
// have digests, so their versions stand in the manifest.
func imageEffect(a, b any) (Effect, string) {
	before, after := repositoryOf(a), repositoryOf(b)
	switch {
	case before == "" || after == "":
		return Notable, ""
	case before == after && strings.Contains(textOf(b), "@") && strings.Contains(textOf(a), "@"):
		return Compatible, "another build from the same repository"
	case before == after:
		return Notable, ""
	default:
		return Notable, "it is of another repository"
	}
}

func textOf(value any) string {
	text, _ := value.(string)
	return text
}

// repositoryOf returns an image reference without tag and digest.
func repositoryOf(value any) string {
	text, _, _ := strings.Cut(textOf(value), "@")
	if colon := strings.LastIndexByte(text, ':'); colon > strings.LastIndexByte(text, '/') {
		text = text[:colon]
	}
	return text
}

func serviceEffect(names []string, a, b any) (Effect, string) {
	if len(names) < 2 || names[0] != "spec" {
		return Notable, ""
	}
	switch names[1] {
	case "ports":
		if last := names[len(names)-1]; last == "ports" && b == nil || last == "port" || last == "nodePort" || last == "protocol" {
			return Notable, "clients that use the old port do not reach it any more"
		}
	case "type":
		switch {
		case a == "ExternalName" || b == "ExternalName":
			return Notable, "the name leads somewhere else, and cluster IPs come or go"
		case b == "ClusterIP" || b == nil:
			return Notable, "it cannot be reached from outside the cluster any more"
		case a == "ClusterIP" || a == nil:
			return Notable, "it can be reached from outside the cluster"
		}
	case "selector":
		return Notable, "it leads to other pods"
	}
	return Notable, ""
}
