package installer

import (
	"github.com/packstage/packstage/installer/cluster"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// holdings are objects by what would take them along when it is deleted: their
// namespace, and the definition of their kind.
type holdings struct {
	first map[holder]cluster.Reference
}

// holder is a namespace, or the definition of a kind, in one of the clusters.
type holder struct {
	home      string
	namespace string
	kind      schema.GroupKind
}

func newHoldings() *holdings { return &holdings{map[holder]cluster.Reference{}} }

// add adds an object. Of those in one holder the first one counts.
func (h *holdings) add(home string, reference cluster.Reference) {
	holders := [...]holder{
		{home: home, namespace: reference.Namespace},
		{home: home, kind: reference.GroupVersionKind().GroupKind()},
	}
	for _, of := range holders {
		if _, ok := h.first[of]; !ok {
			h.first[of] = reference
		}
	}
}

// inNamespace returns an object in a namespace, or "".
func (h *holdings) inNamespace(home, namespace string) string {
	return h.find(holder{home: home, namespace: namespace})
}

// ofKind returns an object of a kind, or "".
func (h *holdings) ofKind(home string, kind schema.GroupKind) string {
	return h.find(holder{home: home, kind: kind})
}

func (h *holdings) find(of holder) string {
	if reference, ok := h.first[of]; ok && (of.namespace != "" || of.kind != schema.GroupKind{}) {
		return reference.String()
	}
	return ""
}
