package packageset

import "fmt"

// Growing is a family of packages that differ in the number of their parts alone.
type Growing struct {
	// Name of the family, and what its parts are called.
	Name, Parts string
	// Sizes are the numbers of parts to measure, each several times the one before.
	Sizes []int
	// Of generates the package with so many parts.
	Of func(parts int) Set
}

// Families returns the packages that growth is measured with.
func Families() []Growing {
	return []Growing{
		{"objects", "objects, each in a static file of its own", []int{100, 1_000, 10_000, 100_000}, GrowingObjects},
		{"definitions", "custom resource definitions of 500 KB in static files", []int{1, 10, 100, 1_000}, GrowingDefinitions},
		{"templates", "templates of one object each", []int{10, 100, 1_000, 10_000}, GrowingTemplates},
	}
}

// folderOf keeps folders as small as people would.
func folderOf(number int) string { return fmt.Sprintf("group-%03d", number/100) }

// GrowingObjects generates static Deployments, one in a file.
func GrowingObjects(count int) Set {
	set := growing("objects", count)
	for i := range count {
		set.Files[fmt.Sprintf("%s/object-%06d.yaml", folderOf(i), i)] = fmt.Appendf(nil, growingObject, i, i, 1+i%5, i, i, i%100)
	}
	return set
}

// GrowingDefinitions generates static definitions of 500 KB, one in a file.
func GrowingDefinitions(count int) Set {
	set := growing("definitions", count)
	const length = 500_000
	for i := range count {
		kind := words[i*7%len(words)]
		set.Files[fmt.Sprintf("%s/%04d-%s.yaml", folderOf(i), i, kind)] = definition(i, kind, length)
	}
	return set
}

// GrowingTemplates generates templates of Deployments, one in a file.
func GrowingTemplates(count int) Set {
	set := growing("templates", count)
	for i := range count {
		set.Files[fmt.Sprintf("%s/object-%06d.yaml.gotmpl", folderOf(i), i)] = fmt.Appendf(nil, growingTemplate, i, i, i, i)
	}
	return set
}

func growing(name string, count int) Set {
	return Set{
		Name:        fmt.Sprintf("%s-%d", name, count),
		Description: fmt.Sprintf("%d %s", count, name),
		Objects:     count,
		Files:       map[string][]byte{"manifest.yaml": []byte(growingManifest)},
		config: func(variant int) map[string]any {
			return map[string]any{"replicas": int64(1 + variant%10), "image": fmt.Sprintf("registry.example.com/app:%d", 1000+variant%1000)}
		},
	}
}

const growingManifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: growing
spec:
  scopes:
  - Cluster
  phases:
  - name: crds
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
        image:
          type: string
`

const growingObject = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: object-%06d
  namespace: growing
  labels:
    app.kubernetes.io/name: object-%06d
  annotations:
    package-operator.run/phase: deploy
spec:
  replicas: %d
  selector:
    matchLabels:
      app.kubernetes.io/name: object-%06d
  template:
    metadata:
      labels:
        app.kubernetes.io/name: object-%06d
    spec:
      containers:
      - name: server
        image: registry.example.com/app:%d
        ports:
        - name: http
          containerPort: 8080
        resources:
          requests:
            cpu: 50m
            memory: 32Mi
`

const growingTemplate = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: object-%06d
  namespace: growing
  labels:
    app.kubernetes.io/name: object-%06d
  annotations:
    package-operator.run/phase: deploy
spec:
  replicas: {{ .config.replicas }}
  selector:
    matchLabels:
      app.kubernetes.io/name: object-%06d
  template:
    metadata:
      labels:
        app.kubernetes.io/name: object-%06d
    spec:
      containers:
      - name: server
        image: {{ .config.image }}
        ports:
        - name: http
          containerPort: 8080
        resources:
          requests:
            cpu: 50m
            memory: 32Mi
`
