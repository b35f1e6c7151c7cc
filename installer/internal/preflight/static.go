package preflight

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
)

const (
	operatorGroup       = "package-operator.run"
	operatorCacheLabel  = operatorGroup + "/cache"
	operatorOwners      = operatorGroup + "/owners"
	operatorRevision    = operatorGroup + "/revision"
	longestName         = 253
	reservedHint        = "remove it: the installer sets what it needs itself"
	reservedObjectHint  = "give the object another name or type"
	ownerReferencesHint = "remove them: the release deletes its objects itself"
)

// checkAlone finds what is wrong with the content of an object, whatever the
// cluster. The structure has to be right.
func checkAlone(content map[string]any, reserved func(map[string]any) bool) diagnostic.Diagnostics {
	c := aloneCheck{metadata: content["metadata"].(map[string]any)}
	c.names()
	c.reserved(content, nil)
	c.operator()
	c.policy()
	if reserved != nil && reserved(content) {
		c.add(diagnostic.ReservedObject, "looks like the state of a release, which only the installer may write", reservedObjectHint, "metadata", "name")
	}
	if c.metadata["ownerReferences"] != nil {
		c.add(diagnostic.ObjectOwnerReferences, "an object of a package must not name owners: it would be deleted together with them", ownerReferencesHint, "metadata", "ownerReferences")
	}
	if c.metadata["finalizers"] != nil {
		c.add(diagnostic.ObjectFinalizers, "the object, and with it the release, stays until somebody removes the finalizers",
			"let the controller that knows the finalizer add it", "metadata", "finalizers")
		c.found[len(c.found)-1].Severity = diagnostic.Warning
	}
	return c.found
}

type aloneCheck struct {
	metadata map[string]any
	found    diagnostic.Diagnostics
}

func (c *aloneCheck) add(code diagnostic.Code, message, hint string, at ...any) {
	c.found = append(c.found, diagnostic.Diagnostic{Code: code, Message: message, Hint: hint, Field: diagnostic.FieldPath(at...)})
}

func (c *aloneCheck) names() {
	name, _ := c.metadata["name"].(string)
	if generate, _ := c.metadata["generateName"].(string); name == "" && generate != "" {
		c.add(diagnostic.ObjectInvalidName, "the object has only a generateName: it could not be found again",
			"give it a name", "metadata", "generateName")
	} else if problem := invalidName(name); problem != "" {
		c.add(diagnostic.ObjectInvalidName, fmt.Sprintf("%q %s", name, problem), "", "metadata", "name")
	}
	if namespace, _ := c.metadata["namespace"].(string); namespace != "" {
		if problems := validation.IsDNS1123Label(namespace); len(problems) > 0 {
			c.add(diagnostic.ObjectInvalidName, fmt.Sprintf("%q is no name of a namespace", namespace),
				"lower-case letters, digits and -, at most 63", "metadata", "namespace")
		}
	}
}

// invalidName says why no object can have a name, or nothing.
func invalidName(name string) string {
	if problems := content.IsPathSegmentName(name); len(problems) > 0 {
		return problems[0]
	}
	switch {
	case name == "":
		return "is no name"
	case len(name) > longestName:
		return fmt.Sprintf("is longer than %d bytes", longestName)
	case strings.TrimSpace(name) != name || strings.ContainsRune(name, '\\') || strings.ContainsFunc(name, isUnprintable):
		return "has characters that no name has"
	default:
		return ""
	}
}

// reserved finds labels and annotations of the installer in every metadata inside
// the object: pods of a template would bear them, too.
func (c *aloneCheck) reserved(value any, at []any) {
	switch value := value.(type) {
	case map[string]any:
		if metadata, ok := value["metadata"].(map[string]any); ok {
			for _, field := range [...]string{"labels", "annotations"} {
				entries, _ := metadata[field].(map[string]any)
				c.reservedKeys(entries, field, append(slices.Clone(at), "metadata", field))
			}
		}
		for _, key := range slices.Sorted(maps.Keys(value)) {
			c.reserved(value[key], append(at, key))
		}
	case []any:
		for i, item := range value {
			c.reserved(item, append(at, i))
		}
	}
}

func (c *aloneCheck) reservedKeys(entries map[string]any, field string, at []any) {
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		// Keys are compared as whoever reads them might: prefixes are DNS names.
		if !strings.HasPrefix(strings.ToLower(key), cluster.ReservedPrefix) || field == "annotations" && key == cluster.AnnotationDeletionPolicy {
			continue
		}
		c.add(diagnostic.ReservedMetadata, "only the installer sets what begins with "+cluster.ReservedPrefix, reservedHint, append(slices.Clone(at), key)...)
	}
}

// operator finds what makes Package Operator take an object for its own.
func (c *aloneCheck) operator() {
	for _, mark := range [...]struct{ field, key string }{
		{"labels", operatorCacheLabel}, {"annotations", operatorOwners}, {"annotations", operatorRevision},
	} {
		entries, _ := c.metadata[mark.field].(map[string]any)
		if _, ok := entries[mark.key]; ok {
			c.add(diagnostic.ReservedMetadata, "makes Package Operator take the object for its own", "remove it", "metadata", mark.field, mark.key)
		}
	}
}

func (c *aloneCheck) policy() {
	annotations, _ := c.metadata["annotations"].(map[string]any)
	policy, ok := annotations[cluster.AnnotationDeletionPolicy]
	if ok && policy != cluster.DeletionPolicyOrphan {
		c.add(diagnostic.DeletionPolicyUnknown, fmt.Sprintf("there is no deletion policy %q", policy),
			"the only one is "+cluster.DeletionPolicyOrphan, "metadata", "annotations", cluster.AnnotationDeletionPolicy)
	}
}

// isUnprintable tells of a character that must not reach a terminal.
func isUnprintable(r rune) bool { return !unicode.IsPrint(r) }
