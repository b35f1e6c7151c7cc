package clustertest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	require.NoError(t, yaml.Unmarshal([]byte(text), &object.Object))
	return object
}

func apply(t *testing.T, c *clustertest.Cluster, manager, text string) *unstructured.Unstructured {
	t.Helper()
	applied, err := c.Apply(t.Context(), parse(t, text), cluster.ApplyOptions{FieldManager: manager})
	require.NoError(t, err)
	return applied
}

func get(t *testing.T, c *clustertest.Cluster, object *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	found, err := c.Get(t.Context(), cluster.ReferenceTo(object))
	require.NoError(t, err)
	return found
}

// value returns a field of an object, nil where there is none.
func value(t *testing.T, object *unstructured.Unstructured, path ...string) any {
	t.Helper()
	found, _, err := unstructured.NestedFieldNoCopy(object.Object, path...)
	require.NoError(t, err)
	return found
}

func create(ctx context.Context, c *clustertest.Cluster, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return c.Create(ctx, object, cluster.WriteOptions{FieldManager: "kubectl-create"})
}

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        ports: [{containerPort: 80}]
`

const configMap = `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: default}
data: {color: red}
`
