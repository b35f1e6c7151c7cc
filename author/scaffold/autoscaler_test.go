package scaffold_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
)

func TestAutoscalersArePointedOut(t *testing.T) {
	t.Parallel()
	const objects = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a, namespace: shop}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: b, namespace: shop}
spec: {scaleTargetRef: {name: worker}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {replicas: 2}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker, namespace: shop}
spec: {replicas: 2}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cache, namespace: shop}
spec: {replicas: 2}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: shop}
spec: {replicas: 2}
`
	noticed := func(input []scaffold.InputObject) []string {
		made, err := scaffold.Make(t.Context(), scaffold.Input{Objects: input}, scaffold.Options{})
		require.NoError(t, err)
		var found []string
		for _, decision := range made.Decisions {
			if decision.Topic == scaffold.TopicAttention {
				found = append(found, decision.Object+" "+decision.Field+": "+decision.Message)
			}
		}
		return found
	}
	assert.Equal(t, []string{
		"Deployment shop/web spec.replicas: HorizontalPodAutoscaler shop/a sets it, too",
		"Deployment shop/worker spec.replicas: ScaledObject shop/b sets it, too",
	}, noticed(read(t, objects)))

	conditional := read(t, objects)
	conditional[0].Condition = "environment.kubernetes != null" // the autoscaler
	conditional[3].Optional = []scaffold.Optional{{Path: []any{"spec", "replicas"}, When: "true"}}
	assert.Empty(t, noticed(conditional))
}
