package scaffold_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/internal/yamldoc"
)

// read returns the objects of a YAML stream, with their text.
func read(t *testing.T, text string) []scaffold.InputObject {
	t.Helper()
	var objects []scaffold.InputObject
	for _, document := range yamldoc.Split([]byte(text)) {
		content, err := yamldoc.DecodeMap(document, yamldoc.Options{})
		require.NoError(t, err)
		objects = append(objects, scaffold.InputObject{Content: content, Source: document.Data})
	}
	return objects
}

const web = `# The web server.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # as the service calls it
  namespace: shop
spec:
  replicas: 3 # enough
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: registry.example.com/web@sha256:0f4b1d9c3a7e58260b95d41ce83f7a12c6d0e9b58a37f4126d9e05b8c71fa3e4
        resources:
          requests:
            cpu: 100m
          limits: {memory: 1Gi}
        env:
        - {name: DB, value: "postgres://db.shop.svc:5432/{{ weird }}"}
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  ports: [{port: 80}]
  selector: {app: web}
`

func TestMakeKeepsWhatTheAuthorWrote(t *testing.T) {
	t.Parallel()
	result, err := scaffold.Make(t.Context(), scaffold.Input{Name: "Web Shop", Objects: read(t, web)}, scaffold.Options{
		Parameters: []scaffold.Parameter{scaffold.ParameterReplicas, scaffold.ParameterResources},
	})
	require.NoError(t, err)
	for _, path := range result.Paths() {
		if path == ".packstage/schemas/manifest.schema.json" {
			continue
		}
		t.Logf("%s\n%s", path, result.Files[path])
	}
	for _, decision := range result.Decisions {
		t.Logf("%+v", decision)
	}
	assert.Equal(t, "web-shop", result.Name)
}
