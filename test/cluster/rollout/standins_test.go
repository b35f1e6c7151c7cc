package rollout_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	installercluster "github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/packagetypes"
)

// definitions are those of kinds that neither the cluster nor the package itself has,
// with a schema that takes anything.
func definitions(t *testing.T, client *dynamiccluster.Cluster, all []subject) []*unstructured.Unstructured {
	t.Helper()
	made := map[string]*unstructured.Unstructured{}
	for _, s := range all {
		for _, c := range s.cases {
			own := kindsOf(c.instance)
			for _, o := range c.instance.Objects() {
				kind := o.GroupVersionKind()
				if _, ok := own[kind.GroupKind()]; ok {
					continue
				}
				_, err := client.Kind(t.Context(), kind)
				if err == nil {
					continue
				}
				var unknown *installercluster.UnknownKindError
				require.ErrorAs(t, err, &unknown)
				inNamespace := o.Namespace() != "" || c.instance.Namespace != "" && kind.Kind != "SecurityContextConstraints"
				definition := definition(kind, inNamespace)
				made[definition.GetName()] = definition
			}
		}
	}
	var sorted []*unstructured.Unstructured
	for _, definition := range made {
		sorted = append(sorted, definition)
	}
	slices.SortFunc(sorted, func(a, b *unstructured.Unstructured) int { return strings.Compare(a.GetName(), b.GetName()) })
	return sorted
}

// kindsOf are the kinds that an instance brings, with the names of their resources.
func kindsOf(instance *packagetypes.Instance) map[schema.GroupKind]string {
	kinds := map[schema.GroupKind]string{}
	for _, o := range instance.Objects() {
		if o.GroupVersionKind().Kind == "CustomResourceDefinition" {
			kind := schema.GroupKind{Group: text(o.Content(), "spec", "group"), Kind: text(o.Content(), "spec", "names", "kind")}
			kinds[kind] = text(o.Content(), "spec", "names", "plural")
		}
	}
	return kinds
}

func definition(kind schema.GroupVersionKind, inNamespace bool) *unstructured.Unstructured {
	plural := strings.TrimSuffix(strings.ToLower(kind.Kind), "s") + "s"
	scope := "Cluster"
	if inNamespace {
		scope = "Namespaced"
	}
	anything := map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
	return object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", plural+"."+kind.Group, map[string]any{"spec": map[string]any{
		"group": kind.Group, "scope": scope, "names": map[string]any{"kind": kind.Kind, "plural": plural},
		"versions": []any{map[string]any{
			"name": kind.Version, "served": true, "storage": true,
			"subresources": map[string]any{"status": map[string]any{}},
			"schema":       map[string]any{"openAPIV3Schema": anything},
		}},
	}})
}

// operators are what no operator here does: the status that packages wait for.
var operators = map[schema.GroupVersionResource]func(generation int64) map[string]any{
	{Group: "package-operator.run", Version: "v1alpha1", Resource: "packages"}: available("Available"),
	{Group: "backup.example.com", Version: "v1", Resource: "backupstores"}:     available("Reachable"),
	{Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"}: func(int64) map[string]any {
		return map[string]any{"loadBalancer": map[string]any{"ingress": []any{map[string]any{"ip": "192.0.2.1"}}}}
	},
}

// available is the status of an object that is, with a condition that says so.
func available(condition string) func(int64) map[string]any {
	return func(generation int64) map[string]any {
		return map[string]any{
			"observedGeneration": generation,
			"conditions": []any{map[string]any{
				"type": condition, "status": "True", "reason": "Test", "message": "", "observedGeneration": generation, "lastTransitionTime": "2026-01-01T00:00:00Z",
			}},
		}
	}
}

// operate writes the status of the operators, until the context ends.
func (p *platform) operate(ctx context.Context) {
	for ctx.Err() == nil {
		for resource, status := range operators {
			list, err := p.Client().Resource(resource).List(ctx, metav1.ListOptions{})
			if err != nil {
				continue // no package has brought the kind
			}
			for _, item := range list.Items {
				if seen, ok := number(value(item.Object, "status", "observedGeneration")); ok && int64(seen) == item.GetGeneration() || isAddressed(item) {
					continue
				}
				patch, err := json.Marshal(map[string]any{"status": status(item.GetGeneration())})
				if err != nil {
					panic(err) // plain values
				}
				_, _ = p.Client().Resource(resource).Namespace(item.GetNamespace()).Patch(ctx, item.GetName(), types.MergePatchType, patch, metav1.PatchOptions{}, "status")
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func isAddressed(item unstructured.Unstructured) bool {
	addresses, _ := value(item.Object, "status", "loadBalancer", "ingress").([]any)
	return len(addresses) > 0
}
