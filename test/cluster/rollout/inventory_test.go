package rollout_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	installercluster "github.com/packstage/packstage/installer/cluster"
)

// seen is an object as an inventory has it.
type seen struct{ uid, revision string }

// inventory is every object of a cluster, of all kinds that can be listed, without what
// Kubernetes makes by itself and for itself.
//
// It fails as long as the server cannot say what a group serves, or lists a kind that it
// does not serve any more: the definitions of packages come and go.
func (p *platform) inventory(ctx context.Context) (map[installercluster.Reference]seen, error) {
	p.dynamic.Forget()
	kinds, err := p.dynamic.Kinds(ctx)
	if err != nil {
		return nil, err
	}
	all := map[installercluster.Reference]seen{}
	for _, kind := range kinds {
		if kind.Group == "" && slices.Contains([]string{"Event", "Endpoints", "Pod", "Node"}, kind.Kind) ||
			slices.Contains([]string{"events.k8s.io", "discovery.k8s.io", "metrics.k8s.io", "apiregistration.k8s.io"}, kind.Group) {
			continue
		}
		objects, err := p.dynamic.List(ctx, kind.GroupVersionKind, installercluster.ListOptions{})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind.Kind, err)
		}
		for _, each := range objects {
			reference := installercluster.ReferenceTo(each)
			if kind.Kind == "Lease" && slices.Contains([]string{"kube-node-lease", "kube-system"}, each.GetNamespace()) {
				continue
			}
			if kind.Kind == "PersistentVolumeClaim" && ofStatefulSet(reference.Name) {
				continue
			}
			if kind.Kind == "ServiceAccount" && reference.Name == "default" || kind.Kind == "ConfigMap" && reference.Name == "kube-root-ca.crt" {
				continue // of every namespace
			}
			all[reference] = seen{string(each.GetUID()), each.GetResourceVersion()}
		}
	}
	return all, nil
}

// quiet is how long nothing new has to come for an inventory to be whole.
const quiet = 3 * time.Second

// settledInventory waits until the cluster has made what it makes for itself after its start.
func (p *platform) settledInventory(t *testing.T) map[installercluster.Reference]seen {
	t.Helper()
	var last map[installercluster.Reference]seen
	problem := errors.New("nobody has looked")
	since := time.Now()
	for limit := time.Now().Add(waitAtMost); time.Now().Before(limit); time.Sleep(200 * time.Millisecond) {
		var now map[installercluster.Reference]seen
		if now, problem = p.inventory(t.Context()); problem != nil {
			continue
		}
		if last == nil || len(compare(last, now)) > 0 {
			last, since = now, time.Now()
		}
		if time.Since(since) >= quiet {
			return now
		}
	}
	require.NoError(t, problem)
	require.Fail(t, "there is always something new")
	return nil
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
