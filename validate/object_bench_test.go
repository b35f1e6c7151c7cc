package validate_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/validate"
)

// BenchmarkObject checks objects with the metadata that objects in use have.
func BenchmarkObject(b *testing.B) {
	for _, bench := range []struct{ name, object string }{
		{"phase alone", `{apiVersion: v1, kind: ConfigMap, metadata: {name: shop, annotations: {package-operator.run/phase: deploy}}}`},
		{"usual", `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: shop
  labels:
    app.kubernetes.io/name: shop
    app.kubernetes.io/component: server
    app.kubernetes.io/instance: shop-europe
    app.kubernetes.io/version: 1.24.3
    app: shop
  annotations:
    package-operator.run/phase: deploy
    package-operator.run/condition: config.enabled
    prometheus.io/scrape: "true"
`},
		{"seldom", `
apiVersion: v1
kind: Service
metadata:
  name: shop
  labels: {app.kubernetes.io/name: shop}
  annotations:
    package-operator.run/phase: deploy
    Example.com/Owner: shop
`},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var content map[string]any
			require.NoError(b, yaml.Unmarshal([]byte(bench.object), &content))
			phases := []string{"prepare", "deploy"}
			b.ReportAllocs()
			for b.Loop() {
				if _, _, found := validate.Object(content, phases); found != nil {
					b.Fatal(found)
				}
			}
		})
	}
}
