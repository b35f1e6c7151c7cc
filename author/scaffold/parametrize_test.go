package scaffold_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/packagetypes"
)

// What people write as quantities of resources are defaults, and can be changed to any
// other way of writing them.
func TestQuantities(t *testing.T) {
	t.Parallel()
	made, err := scaffold.Make(t.Context(), scaffold.Input{Objects: read(t, `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1
        resources: {requests: {cpu: 0.5, memory: 128Mi}, limits: {cpu: 2}}
`)}, scaffold.Options{Parameters: []scaffold.Parameter{scaffold.ParameterResources}})
	require.NoError(t, err)
	assert.Equal(t, 1, made.Compared)
	var context packagetypes.Context
	context.Package.Metadata.Name, context.Package.Metadata.Namespace = "shop", "shop"
	wanted := map[string]any{"requests": map[string]any{"cpu": "250m"}, "limits": map[string]any{"cpu": "1"}}
	context.Config = map[string]any{"resources": wanted}
	instance, err := render(t, made, context)
	require.NoError(t, err)
	template := instance.Phases[0].Objects[0].Content()["spec"].(map[string]any)["template"].(map[string]any)
	containers := template["spec"].(map[string]any)["containers"].([]any)
	assert.Equal(t, wanted, containers[0].(map[string]any)["resources"])
}

// Workloads and containers that are called like properties get properties all the same.
func TestNamesThatCollide(t *testing.T) {
	t.Parallel()
	made, err := scaffold.Make(t.Context(), scaffold.Input{Objects: read(t, `apiVersion: apps/v1
kind: Deployment
metadata: {name: namespace, namespace: shop}
spec:
  replicas: 1
  template:
    spec:
      initContainers: [{name: image, image: 'registry.example.com/a:1'}]
      containers: [{name: namespace, image: 'registry.example.com/b:1'}, {name: replicas, image: 'registry.example.com/c:1'}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: namespace, namespace: shop}
spec: {replicas: 0}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
`)}, scaffold.Options{Parameters: scaffold.Parameters(), Images: scaffold.ImagesNone})
	require.NoError(t, err)
	assert.Equal(t, 3, made.Compared)
	deployment := string(made.Files["workloads/deployment-namespace.yaml.gotmpl"])
	for _, expression := range []string{
		"{{ .config.namespaceObjects.replicas }}", "{{ .config.namespaceObjects.image2 | toJson }}", "{{ .config.namespaceObjects.image.image | toJson }}",
	} {
		assert.Contains(t, deployment, expression)
	}
}
