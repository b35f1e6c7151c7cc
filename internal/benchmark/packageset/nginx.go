package packageset

// Nginx generates the smallest package that is of use: a Deployment with a
// Service, from two templates.
func Nginx() Set {
	return Set{
		Name:        "nginx",
		Description: "2 templates, 2 objects",
		Objects:     2,
		Files: map[string][]byte{
			"manifest.yaml":          []byte(nginxManifest),
			"manifest.lock.yaml":     []byte(lock("nginx", "nginx")),
			"deployment.yaml.gotmpl": []byte(nginxDeployment),
			"service.yaml.gotmpl":    []byte(nginxService),
		},
		config: func(variant int) map[string]any {
			return map[string]any{"replicas": int64(1 + variant%10), "port": int64(8000 + variant%1000)}
		},
	}
}

const nginxManifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: nginx
spec:
  scopes:
  - Cluster
  - Namespaced
  phases:
  - name: deploy
  - name: publish
  availabilityProbes:
  - selector:
      kind:
        group: apps
        kind: Deployment
    probes:
    - condition:
        type: Available
        status: "True"
  images:
  - name: nginx
    image: registry.example.com/library/nginx:1.27.0
  config:
    openAPIV3Schema:
      type: object
      properties:
        replicas:
          type: integer
          minimum: 1
          maximum: 100
          default: 1
        port:
          type: integer
          minimum: 1024
          maximum: 65535
          default: 8080
`

const nginxDeployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .package.metadata.name }}
  labels:
    app.kubernetes.io/name: nginx
    app.kubernetes.io/instance: {{ .package.metadata.name }}
  annotations:
    package-operator.run/phase: deploy
spec:
  replicas: {{ .config.replicas }}
  selector:
    matchLabels:
      app.kubernetes.io/name: nginx
      app.kubernetes.io/instance: {{ .package.metadata.name }}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: nginx
        app.kubernetes.io/instance: {{ .package.metadata.name }}
    spec:
      containers:
      - name: nginx
        image: {{ .images.nginx }}
        ports:
        - name: http
          containerPort: {{ .config.port }}
        readinessProbe:
          httpGet:
            path: /
            port: http
        resources:
          requests:
            cpu: 50m
            memory: 32Mi
          limits:
            memory: 64Mi
`

const nginxService = `apiVersion: v1
kind: Service
metadata:
  name: {{ .package.metadata.name }}
  labels:
    app.kubernetes.io/name: nginx
    app.kubernetes.io/instance: {{ .package.metadata.name }}
  annotations:
    package-operator.run/phase: publish
spec:
  selector:
    app.kubernetes.io/name: nginx
    app.kubernetes.io/instance: {{ .package.metadata.name }}
  ports:
  - name: http
    port: 80
    targetPort: http
    protocol: TCP
`
