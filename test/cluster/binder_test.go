package cluster

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestBinderFollowsThePodThenTakesTurns(t *testing.T) {
	t.Parallel()
	b := &binder{nodes: []string{"a", "b", "c"}}
	named := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"affinity": map[string]any{"nodeAffinity": map[string]any{"requiredDuringSchedulingIgnoredDuringExecution": map[string]any{
			"nodeSelectorTerms": []any{map[string]any{"matchFields": []any{
				map[string]any{"key": "metadata.name", "operator": "In", "values": []any{"b"}},
			}}},
		}}},
	}}}
	free := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{}}}
	var bound []string
	for _, pod := range []*unstructured.Unstructured{named, named, free, free, free, named} {
		bound = append(bound, b.node(pod))
	}
	require.Equal(t, []string{"b", "b"}, bound[:2])
	require.ElementsMatch(t, []string{"a", "b", "c"}, bound[2:5])
	require.Equal(t, "b", bound[5])
}
