package packageset

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// The sets medium and large are applications of many services. They share their
// manifest, their helpers and their configuration.

var platformImages = []string{"server", "proxy", "migrate", "exporter"}

func platformManifest(name string) string {
	var images strings.Builder
	for _, image := range platformImages {
		fmt.Fprintf(&images, "  - name: %s\n    image: %s\n", image, imageReference(image))
	}
	return fmt.Sprintf(platformManifestFormat, name, images.String())
}

// lock pins each image by a digest made from its name.
func lock(name string, images ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\nmetadata:\n  name: %s\nspec:\n  images:\n", name)
	for _, image := range images {
		fmt.Fprintf(&b, "  - name: %s\n    image: %s\n    digest: sha256:%x\n", image, imageReference(image), sha256.Sum256([]byte(image)))
	}
	return b.String()
}

func imageReference(name string) string {
	if name == "nginx" {
		return "registry.example.com/library/nginx:1.27.0"
	}
	return "registry.example.com/platform/" + name + ":2.4.1"
}

// platformConfig has the same keys in each variant.
func platformConfig(variant int) map[string]any {
	return map[string]any{
		"replicas":   int64(2 + variant%7),
		"domain":     fmt.Sprintf("tenant-%04d.example.com", variant%10000),
		"tier":       []string{"basic", "standard", "premium"}[variant%3],
		"pullPolicy": "IfNotPresent",
		"regions":    []any{"eu-west-1", "eu-central-1", "us-east-1"},
		"features":   map[string]any{"metrics": true, "tracing": variant%2 == 0, "backup": true, "isolation": false},
		"resources": map[string]any{
			"requests": map[string]any{"cpu": fmt.Sprintf("%dm", 100+variant%900), "memory": "128Mi"},
			"limits":   map[string]any{"memory": "512Mi"},
		},
		"environment": map[string]any{
			"LOG_LEVEL": "info", "LOG_FORMAT": "json", "REQUEST_TIMEOUT": "30s",
			"TENANT": fmt.Sprintf("tenant-%04d", variant%10000),
		},
		"tolerations": []any{
			map[string]any{"key": "dedicated", "operator": "Equal", "value": "platform", "effect": "NoSchedule"},
		},
	}
}

const platformManifestFormat = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: %s
spec:
  scopes:
  - Namespaced
  phases:
  - name: access
  - name: settings
  - name: workloads
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
    - fieldsEqual:
        fieldA: .status.updatedReplicas
        fieldB: .status.replicas
  images:
%s  config:
    openAPIV3Schema:
      type: object
      required:
      - domain
      properties:
        replicas:
          description: Pods of each service.
          type: integer
          minimum: 1
          maximum: 50
          default: 2
        domain:
          description: Domain below which the services are published.
          type: string
          maxLength: 253
          pattern: ^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$
        tier:
          type: string
          enum:
          - basic
          - standard
          - premium
          default: basic
        pullPolicy:
          type: string
          enum:
          - Always
          - IfNotPresent
          default: IfNotPresent
        regions:
          type: array
          maxItems: 10
          x-kubernetes-list-type: set
          items:
            type: string
            maxLength: 32
          default:
          - eu-west-1
        features:
          type: object
          default: {}
          properties:
            metrics:
              type: boolean
              default: true
            tracing:
              type: boolean
              default: false
            backup:
              type: boolean
              default: false
            isolation:
              type: boolean
              default: false
        resources:
          type: object
          default: {}
          properties:
            requests:
              type: object
              additionalProperties:
                type: string
            limits:
              type: object
              additionalProperties:
                type: string
        environment:
          description: Variables that every container gets.
          type: object
          additionalProperties:
            type: string
          default: {}
        tolerations:
          type: array
          default: []
          items:
            type: object
            properties:
              key:
                type: string
              operator:
                type: string
                default: Equal
              value:
                type: string
              effect:
                type: string
test:
  template:
  - name: defaults
    context:
      config:
        domain: tenant.example.com
  - name: premium
    context:
      config:
        domain: tenant.example.com
        tier: premium
        features:
          tracing: true
          backup: true
`

const platformHelpers = `{{- define "platform.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.package.metadata.name }}
app.kubernetes.io/part-of: platform
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "platform.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.package.metadata.name }}
{{- end -}}

{{- define "platform.environment" -}}
{{- range $name, $value := .root.config.environment }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
- name: SERVICE_NAME
  value: {{ .name | quote }}
{{- if .root.config.features.tracing }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: http://collector.{{ .root.package.metadata.namespace }}.svc:4318
{{- end }}
{{- end -}}

{{- define "platform.probes" -}}
readinessProbe:
  httpGet:
    path: /readyz
    port: http
  periodSeconds: 10
livenessProbe:
  httpGet:
    path: /healthz
    port: http
  initialDelaySeconds: 15
{{- end -}}
`
