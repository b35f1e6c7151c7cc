package clustertest

import (
	"cmp"
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
)

// lookup returns how a kind is served, with the cluster locked.
func (c *Cluster) lookup(gvk schema.GroupVersionKind) (*kindRules, error) {
	kind, ok := c.builtin[gvk.GroupKind()]
	if !ok {
		kind, ok = c.custom[gvk.GroupKind()]
	}
	if !ok || !slices.Contains(kind.versions, gvk.Version) || c.remembered != nil && !c.remembered[gvk] {
		return nil, &cluster.UnknownKindError{Kind: gvk}
	}
	return kind, nil
}

// Kind returns how a kind is served.
func (c *Cluster) Kind(ctx context.Context, gvk schema.GroupVersionKind) (cluster.Kind, error) {
	var found cluster.Kind
	run := func() error {
		kind, err := c.lookup(gvk)
		if err != nil {
			return err
		}
		found = kind.served(gvk.Version)
		return nil
	}
	err := c.discover(ctx, run)
	return found, err
}

// Kinds returns the kinds that can be listed and deleted.
func (c *Cluster) Kinds(ctx context.Context) ([]cluster.Kind, error) {
	var all []cluster.Kind
	err := c.discover(ctx, func() error {
		for _, kinds := range []map[schema.GroupKind]*kindRules{c.builtin, c.custom} {
			for _, kind := range kinds {
				if _, err := c.lookup(kind.stored()); err == nil && !kind.createOnly {
					all = append(all, kind.served(kind.versions[0]))
				}
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b cluster.Kind) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.GroupKind().Kind, b.GroupKind().Kind))
	})
	return all, err
}

// ServerVersion returns the version of Kubernetes.
func (c *Cluster) ServerVersion(ctx context.Context) (string, error) {
	var version string
	err := c.discover(ctx, func() error {
		version = c.serverVersion
		return nil
	})
	return version, err
}

// Forget drops what is remembered of kinds.
func (c *Cluster) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.discovered, c.remembered = false, nil
}

// discover runs what needs the list of kinds: as a call of the server where it was
// not asked before, and where what it told is not enough.
func (c *Cluster) discover(ctx context.Context, run func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	discovered, stale := c.discovered, c.remembered != nil
	err := error(nil)
	if discovered {
		err = run()
	}
	c.mu.Unlock()
	if discovered && (err == nil || stale) {
		return err
	}
	return c.do(ctx, Call{Verb: VerbDiscover}, func() error {
		c.remember()
		return run()
	})
}

func (c *Cluster) remember() {
	c.discovered = true
	if !c.stale || c.remembered != nil {
		return
	}
	known := map[schema.GroupVersionKind]bool{}
	for _, kinds := range []map[schema.GroupKind]*kindRules{c.builtin, c.custom} {
		for _, kind := range kinds {
			for _, version := range kind.versions {
				known[kind.groupKind().WithVersion(version)] = true
			}
		}
	}
	c.remembered = known
}
