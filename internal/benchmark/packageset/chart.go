package packageset

import (
	"fmt"
	"strings"
)

// Pair is a package and a chart that render to the same objects, as files by slash
// path.
type Pair struct {
	Objects        int
	Package, Chart map[string][]byte
}

// The names of the instance and its namespace under which both sides of a [Pair]
// render to the same.
const (
	PairName      = "shop"
	PairNamespace = "compare"
)

// NewPair generates so many templates of one object each, in the package's words and
// in the chart's: they are the same but for the names of their values. The chart
// writes the labels that rendering a package adds.
func NewPair(objects int) Pair {
	pair := Pair{
		Objects: objects,
		Package: map[string][]byte{"manifest.yaml": []byte(pairManifest)},
		Chart: map[string][]byte{
			"Chart.yaml":  []byte("apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
			"values.yaml": []byte("replicas: 2\nimage: registry.example.com/shop:1.0.0\nmetrics: true\n"),
		},
	}
	forPackage := strings.NewReplacer(
		"VALUES", ".config", "NAMESPACE", ".package.metadata.namespace", "LABELS", "",
		"PHASE", "  annotations:\n    package-operator.run/phase: deploy\n",
	)
	forChart := strings.NewReplacer(
		"VALUES", ".Values", "NAMESPACE", ".Release.Namespace", "PHASE", "",
		"LABELS", "    package-operator.run/instance: {{ .Release.Name }}\n    package-operator.run/package: shop\n",
	)
	for i := range objects {
		template := strings.ReplaceAll(pairTemplate, "NUMBER", fmt.Sprintf("%04d", i))
		pair.Package[fmt.Sprintf("deployment-%04d.yaml.gotmpl", i)] = []byte(forPackage.Replace(template))
		pair.Chart[fmt.Sprintf("templates/deployment-%04d.yaml", i)] = []byte(forChart.Replace(template))
	}
	return pair
}

const pairManifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: shop
spec:
  scopes:
  - Namespaced
  phases:
  - name: deploy
  availabilityProbes:
  - selector:
      kind:
        group: apps
        kind: Deployment
    probes:
    - condition:
        type: Available
        status: "True"
  config:
    openAPIV3Schema:
      type: object
      properties:
        replicas:
          type: integer
          default: 2
        image:
          type: string
          default: registry.example.com/shop:1.0.0
        metrics:
          type: boolean
          default: true
`

const pairTemplate = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: service-NUMBER
  namespace: {{ NAMESPACE }}
PHASE  labels:
    app.kubernetes.io/name: service-NUMBER
LABELSspec:
  replicas: {{ VALUES.replicas }}
  selector:
    matchLabels:
      app.kubernetes.io/name: service-NUMBER
  template:
    metadata:
      labels:
        app.kubernetes.io/name: service-NUMBER
    spec:
      containers:
      - name: server
        image: {{ VALUES.image | quote }}
        {{- if VALUES.metrics }}
        ports:
        - name: metrics
          containerPort: 9090
        {{- end }}
        resources:
          requests:
            cpu: 50m
            memory: 32Mi
`
