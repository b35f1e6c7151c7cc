package rollout_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	installercluster "github.com/packstage/packstage/installer/cluster"
)

// seen is an object as an inventory has it.
type seen struct{ uid, revision string }

// inventory is every object of a cluster, of all kinds that can be listed, without what
// Kubernetes makes by itself and for itself.
func (p *platform) inventory(t *testing.T) map[installercluster.Reference]seen {
	t.Helper()
	p.dynamic.Forget()
	kinds, err := p.dynamic.Kinds(t.Context())
	require.NoError(t, err)
	all := map[installercluster.Reference]seen{}
	for _, kind := range kinds {
		if kind.Group == "" && slices.Contains([]string{"Event", "Endpoints", "Pod", "Node"}, kind.Kind) ||
			slices.Contains([]string{"events.k8s.io", "discovery.k8s.io", "metrics.k8s.io"}, kind.Group) {
			continue
		}
		objects, err := p.dynamic.List(t.Context(), kind.GroupVersionKind, installercluster.ListOptions{})
		require.NoError(t, err, kind.Kind)
		for _, each := range objects {
			reference := installercluster.ReferenceTo(each)
			if kind.Kind == "Lease" && slices.Contains([]string{"kube-node-lease", "kube-system"}, each.GetNamespace()) {
				continue
			}
			if kind.Kind == "PersistentVolumeClaim" && ofStatefulSet(reference.Name) {
				continue
			}
			all[reference] = seen{string(each.GetUID()), each.GetResourceVersion()}
		}
	}
	return all
}

// ofStatefulSet tells whether a claim is one that Kubernetes makes for a pod of a
// StatefulSet, and keeps after the StatefulSet has gone.
func ofStatefulSet(claim string) bool {
	return slices.Contains([]string{"data-database-0", "data-shop-database-0"}, claim)
}

// compare returns what differs between two inventories; the revisions count for what the
// platform has made for others.
func compare(before, after map[installercluster.Reference]seen) []string {
	var differences []string
	for reference, object := range before {
		now, ok := after[reference]
		switch {
		case !ok:
			differences = append(differences, "gone: "+reference.String())
		case now.uid != object.uid:
			differences = append(differences, "made again: "+reference.String())
		case isNeighbour(reference) && now.revision != object.revision:
			differences = append(differences, "changed: "+reference.String())
		}
	}
	for reference := range after {
		if _, ok := before[reference]; !ok {
			differences = append(differences, "new: "+reference.String())
		}
	}
	slices.Sort(differences)
	return differences
}

// isNeighbour tells whether an object is one that the platform has made for others.
func isNeighbour(reference installercluster.Reference) bool {
	return slices.Contains([]string{"neighbour", "neighbour-of-another-release"}, reference.Name)
}
