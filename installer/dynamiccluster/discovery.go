package dynamiccluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	"github.com/packstage/packstage/installer/cluster"
)

// Kind returns how the server serves a kind, from memory where it is there. That the
// server does not serve it is never from memory. Errors: [cluster.UnknownKindError];
// those of the server, as IsServiceUnavailable where the kind is of an aggregated API
// that does not answer.
func (c *Cluster) Kind(ctx context.Context, kind schema.GroupVersionKind) (cluster.Kind, error) {
	if !couldBeServed(kind) {
		return cluster.Kind{}, &cluster.UnknownKindError{Kind: kind}
	}
	found, err := c.memory.Load().find(ctx, kind, c.ask)
	if err != nil {
		return cluster.Kind{}, err
	}
	found.Verbs = slices.Clone(found.Verbs)
	return found, nil
}

// couldBeServed keeps what cannot be the path of a version away from the server.
func couldBeServed(kind schema.GroupVersionKind) bool {
	return kind.Kind != "" && kind.Version != "" &&
		len(rest.IsValidPathSegmentName(kind.Group)) == 0 && len(rest.IsValidPathSegmentName(kind.Version)) == 0
}

// ask asks the server what a version serves; nothing where there is no such version.
func (c *Cluster) ask(ctx context.Context, version schema.GroupVersion) ([]cluster.Kind, error) {
	list, err := c.discovery.ServerResourcesForGroupVersionWithContext(ctx, version.String())
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("asking the cluster what %s serves: %w", version, err)
	}
	return kindsOf(list, version), nil
}

// kindsOf returns the kinds of a list, without subresources.
func kindsOf(list *metav1.APIResourceList, version schema.GroupVersion) []cluster.Kind {
	kinds := make([]cluster.Kind, 0, len(list.APIResources))
	for _, resource := range list.APIResources {
		if resource.Kind == "" || len(rest.IsValidPathSegmentName(resource.Name)) > 0 {
			continue
		}
		verbs := slices.Clone([]string(resource.Verbs))
		slices.Sort(verbs)
		kinds = append(kinds, cluster.Kind{
			GroupVersionKind: version.WithKind(resource.Kind),
			Resource:         resource.Name, Namespaced: resource.Namespaced, Verbs: verbs,
		})
	}
	return kinds
}

// Kinds returns every kind that can be listed and deleted, asked anew. Errors: those
// of the server, IsServiceUnavailable where it cannot say what a group serves.
func (c *Cluster) Kinds(ctx context.Context) ([]cluster.Kind, error) {
	lists, err := c.discovery.ServerPreferredResourcesWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking the cluster what it serves: %w", err)
	}
	var kinds []cluster.Kind
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, fmt.Errorf("asking the cluster what it serves: %w", err)
		}
		for _, kind := range kindsOf(list, version) {
			if slices.Contains(kind.Verbs, "list") && slices.Contains(kind.Verbs, "delete") {
				kinds = append(kinds, kind)
			}
		}
	}
	slices.SortStableFunc(kinds, func(a, b cluster.Kind) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Kind, b.Kind))
	})
	// The sorting is stable: what the server prefers is still first.
	return slices.CompactFunc(kinds, func(a, b cluster.Kind) bool { return a.GroupKind() == b.GroupKind() }), nil
}

// ServerVersion returns the version of Kubernetes, like "v1.36.3", asked anew.
func (c *Cluster) ServerVersion(ctx context.Context) (string, error) {
	version, err := c.discovery.ServerVersionWithContext(ctx)
	if err != nil {
		return "", fmt.Errorf("asking the cluster for its version: %w", err)
	}
	if version.GitVersion == "" {
		return "", errors.New("asking the cluster for its version: what answers there is no Kubernetes API server, it names no version")
	}
	return version.GitVersion, nil
}

// Forget drops what is remembered. An answer that is on its way is not remembered.
func (c *Cluster) Forget() { c.memory.Store(newMemory()) }
