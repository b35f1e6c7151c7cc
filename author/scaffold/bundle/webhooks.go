package bundle

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/internal/schema"
)

const injectAnnotation = "cert-manager.io/inject-ca-from"

// serviceName is that of the service of a deployment's webhooks.
func serviceName(deployment string) string {
	return baseAndSuffix(strings.ReplaceAll(deployment, ".", "-"), "service")
}

// certificateSecret is the secret with the certificate of that service.
func certificateSecret(deployment string) string {
	return baseAndSuffix(serviceName(deployment), "cert")
}

// inject marks an object so that the certificate of the webhooks is put into it.
func (c *converter) inject(fields map[string]any, deployment string) {
	annotations := child(child(fields, "metadata"), "annotations")
	if c.options.Certificates == CertificatesOpenShift {
		annotations["service.beta.openshift.io/inject-cabundle"] = "true"
		return
	}
	annotations[injectAnnotation] = c.namespace + "/" + certificateSecret(deployment)
}

// certificates makes what makes the certificates of webhooks.
func (c *converter) certificates() {
	if len(c.webhooked) == 0 {
		return
	}
	if c.options.Certificates == CertificatesOpenShift {
		c.decide(scaffold.TopicObject, "", "certificates of webhooks are those that OpenShift makes for services", "OLM makes and renews them elsewhere")
		return
	}
	c.decide(scaffold.TopicAttention, "", "certificates of webhooks come from cert-manager, which must be in the cluster", "OLM needs it for that, too")
	for _, deployment := range c.deploymentSpecs() {
		name := text(deployment, "name")
		if !c.webhooked[name] {
			continue
		}
		secret := certificateSecret(name)
		issuer := baseAndSuffix(secret, "selfsigned-issuer")
		c.add(map[string]any{
			"apiVersion": "cert-manager.io/v1", "kind": "Issuer",
			"metadata": map[string]any{"name": issuer, "namespace": c.namespace},
			"spec":     map[string]any{"selfSigned": map[string]any{}},
		})
		c.add(map[string]any{
			"apiVersion": "cert-manager.io/v1", "kind": "Certificate",
			"metadata": map[string]any{"name": secret, "namespace": c.namespace},
			"spec": map[string]any{
				"secretName": secret, "usages": []any{"server auth"},
				"dnsNames":  []any{fmt.Sprintf("%s.%s.svc", serviceName(name), c.namespace)},
				"issuerRef": map[string]any{"name": issuer},
			},
		})
	}
}

// services makes one for the webhooks of each deployment that has some.
func (c *converter) services() {
	for _, deployment := range c.deploymentSpecs() {
		name := text(deployment, "name")
		if !c.webhooked[name] {
			continue
		}
		spec := map[string]any{"ports": c.servicePorts(name)}
		if labels := mapping(deployment, "spec", "selector", "matchLabels"); len(labels) > 0 {
			spec["selector"] = clone(labels)
		}
		fields := map[string]any{
			"apiVersion": "v1", "kind": "Service",
			"metadata": map[string]any{"name": serviceName(name), "namespace": c.namespace}, "spec": spec,
		}
		if c.options.Certificates == CertificatesOpenShift {
			child(child(fields, "metadata"), "annotations")["service.beta.openshift.io/serving-cert-secret-name"] = certificateSecret(name)
		}
		c.add(fields)
	}
}

// webhookPort is the port of the service of a webhook.
func webhookPort(webhook map[string]any) int64 {
	if port, ok := webhook["containerPort"].(int64); ok && port > 0 {
		return port
	}
	const https = 443
	return https
}

// servicePorts returns the ports of a deployment's webhooks, each once, in order.
func (c *converter) servicePorts(deployment string) []any {
	var ports []map[string]any
	for _, webhook := range c.webhookDefinitions() {
		if text(webhook, "deploymentName") != deployment {
			continue
		}
		port := webhookPort(webhook)
		var target any = port
		if given := webhook["targetPort"]; given != nil {
			target = given
		}
		same := func(other map[string]any) bool { return other["port"] == port && other["targetPort"] == target }
		if !slices.ContainsFunc(ports, same) {
			ports = append(ports, map[string]any{"name": strconv.FormatInt(port, 10), "port": port, "targetPort": target})
		}
	}
	slices.SortStableFunc(ports, func(a, b map[string]any) int {
		return cmp.Or(cmp.Compare(a["port"].(int64), b["port"].(int64)), cmp.Compare(fmt.Sprint(a["targetPort"]), fmt.Sprint(b["targetPort"])))
	})
	listed := make([]any, len(ports))
	for i, port := range ports {
		listed[i] = port
	}
	return listed
}

// webhooks makes the configurations of admission webhooks.
func (c *converter) webhooks() {
	for _, webhook := range c.webhookDefinitions() {
		switch text(webhook, "type") {
		case "ValidatingAdmissionWebhook":
			c.admission("ValidatingWebhookConfiguration", webhook)
		case "MutatingAdmissionWebhook":
			c.admission("MutatingWebhookConfiguration", webhook)
		}
	}
}

func (c *converter) admission(kind string, webhook map[string]any) {
	name := strings.TrimSuffix(text(webhook, "generateName"), "-")
	entry := map[string]any{"name": name, "clientConfig": map[string]any{"service": c.serviceReference(webhook, "")}}
	fields := []string{"rules", "failurePolicy", "matchPolicy", "objectSelector", "sideEffects", "timeoutSeconds", "admissionReviewVersions"}
	if kind == "MutatingWebhookConfiguration" {
		fields = append(fields, "reinvocationPolicy")
	}
	for _, field := range fields {
		if value := webhook[field]; value != nil {
			entry[field] = schema.DeepCopy(value)
		}
	}
	var substitutions []scaffold.Substitution
	path := []any{"webhooks", 0, "namespaceSelector"}
	switch c.watch {
	case WatchOwn:
		entry["namespaceSelector"] = namespaceSelector([]any{c.namespace})
		substitutions = append(substitutions, scaffold.Substitution{
			Path:  append(path, "matchExpressions", 0, "values", 0),
			Parts: []scaffold.Part{{Expression: scaffold.ConfigExpression("namespace")}}, Form: scaffold.FormQuoted,
		})
	case WatchChosen:
		namespaces, _ := c.input.Config[0].Default.([]any)
		entry["namespaceSelector"] = namespaceSelector(namespaces)
		substitutions = append(substitutions, scaffold.Substitution{
			Path: path, Parts: []scaffold.Part{{Expression: `include "` + selectorTemplate + `" . | fromYAML`}},
		})
		c.selectorFile()
	}
	object := map[string]any{
		"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
		"metadata": map[string]any{"name": name}, "webhooks": []any{entry},
	}
	c.inject(object, text(webhook, "deploymentName"))
	c.add(object, substitutions...)
}

func namespaceSelector(namespaces []any) map[string]any {
	if len(namespaces) == 0 {
		return map[string]any{}
	}
	return map[string]any{"matchExpressions": []any{
		map[string]any{"key": "kubernetes.io/metadata.name", "operator": "In", "values": slices.Clone(namespaces)},
	}}
}

// selectorFile writes the template that selects the watched namespaces.
func (c *converter) selectorFile() {
	c.input.Files = map[string][]byte{"_olm.gotmpl": []byte(`{{- /* The namespaces whose objects webhooks see: those that the operator watches. */ -}}
{{- define "` + selectorTemplate + `" -}}
{{- if .config.` + watchProperty + ` -}}
matchExpressions:
- key: kubernetes.io/metadata.name
  operator: In
  values: {{ .config.` + watchProperty + ` | toJson }}
{{- else -}}
{}
{{- end -}}
{{- end -}}
`)}
}

func (c *converter) serviceReference(webhook map[string]any, defaultPath string) map[string]any {
	reference := map[string]any{
		"namespace": c.namespace, "name": serviceName(text(webhook, "deploymentName")), "port": webhookPort(webhook),
	}
	if path := cmp.Or(text(webhook, "webhookPath"), defaultPath); path != "" {
		reference["path"] = path
	}
	return reference
}

// definitions takes the CustomResourceDefinitions, and puts conversion webhooks into
// those that have one.
func (c *converter) definitions() {
	converted := map[string]map[string]any{}
	for _, webhook := range c.webhookDefinitions() {
		if text(webhook, "type") == "ConversionWebhook" {
			for _, name := range texts(webhook["conversionCRDs"]) {
				converted[name] = webhook
			}
		}
	}
	for _, crd := range c.crds {
		name := text(crd.Content, "metadata", "name")
		if webhook := converted[name]; webhook != nil {
			child(crd.Content, "spec")["conversion"] = map[string]any{
				"strategy": "Webhook",
				"webhook": map[string]any{
					"clientConfig":             map[string]any{"service": c.serviceReference(webhook, "/")},
					"conversionReviewVersions": schema.DeepCopy(webhook["admissionReviewVersions"]),
				},
			}
			c.inject(crd.Content, text(webhook, "deploymentName"))
			c.decide(scaffold.TopicObject, "CustomResourceDefinition "+name, "has the conversion webhook of "+text(webhook, "deploymentName"),
				"it is in the first phases and answered in a later one: until then only the stored version can be read")
		}
		c.input.Objects = append(c.input.Objects, crd)
	}
}
