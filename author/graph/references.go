package graph

import (
	"github.com/packstage/packstage/packagetypes"
)

// collector gathers the references of one object.
type collector struct {
	*finder
	from      int
	namespace string
	found     []Edge
}

// name adds an edge to an object by its name in the namespace, if there is one.
func (c *collector) name(relation Relation, group, kind, namespace, name string) {
	if namespace == "" {
		namespace = c.namespace
	}
	if to, ok := c.byName[objectName{group, kind, namespace, name}]; ok && name != "" {
		c.found = append(c.found, Edge{c.from, to, relation})
	}
}

// global adds an edge to an object that lives in no namespace.
func (c *collector) global(relation Relation, group, kind, name string) {
	c.name(relation, group, kind, c.finder.namespace, name)
	if c.finder.namespace == "" {
		if to, ok := c.byName[objectName{group, kind, "", name}]; ok && name != "" {
			c.found = append(c.found, Edge{c.from, to, relation})
		}
	}
}

func (c *collector) secret(relation Relation, name string) {
	c.name(relation, "", "Secret", "", name)
}

func (c *collector) service(relation Relation, namespace, name string) {
	c.name(relation, "", "Service", namespace, name)
}

func (c *collector) selects(among []labelled, wanted selector) {
	for _, candidate := range among {
		if candidate.namespace == c.namespace && wanted.matches(candidate.labels) {
			c.found = append(c.found, Edge{c.from, candidate.node, Selects})
		}
	}
}

// kinded adds an edge to what a field {apiVersion, kind, name} means.
func (c *collector) kinded(relation Relation, reference any) {
	group := ""
	version := text(reference, "apiVersion")
	for i := range version {
		if version[i] == '/' {
			group = version[:i]
		}
	}
	c.name(relation, group, text(reference, "kind"), "", text(reference, "name"))
}

// references returns what an object uses.
func (f *finder) references(from int, object packagetypes.Object) []Edge {
	c := &collector{finder: f, from: from, namespace: f.namespaceOf(object)}
	kind, content := object.GroupVersionKind(), object.Content()
	if definition, ok := f.definitions[[2]string{kind.Group, kind.Kind}]; ok {
		c.found = append(c.found, Edge{from, definition, DefinedBy})
	}
	if template, ok := podTemplate(kind.Kind, content); ok {
		c.pods(at(template, "spec"))
	}
	switch kind.Group {
	case "":
		c.core(kind.Kind, content)
	case "apps":
		if kind.Kind == "StatefulSet" {
			c.service(GovernedBy, "", text(content, "spec", "serviceName"))
		}
	case "autoscaling", "autoscaling.k8s.io":
		c.kinded(Scales, at(content, "spec", "scaleTargetRef"))
		c.kinded(Scales, at(content, "spec", "targetRef"))
	case "policy":
		c.selects(f.pods, newSelector(at(content, "spec", "selector")))
	case "networking.k8s.io", "extensions", "route.openshift.io", "gateway.networking.k8s.io":
		c.network(kind.Kind, content)
	case "rbac.authorization.k8s.io":
		c.binding(content)
	case "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io":
		c.admission(kind.Kind, content)
	case "monitoring.coreos.com":
		c.monitoring(kind.Kind, content)
	}
	return c.found
}

// pods adds what the specification of a pod names.
func (c *collector) pods(spec any) {
	c.name(RunsAs, "", "ServiceAccount", "", text(spec, "serviceAccountName"))
	c.name(RunsAs, "", "ServiceAccount", "", text(spec, "serviceAccount"))
	for _, secret := range list(spec, "imagePullSecrets") {
		c.secret(PullsWith, text(secret, "name"))
	}
	c.global(References, "scheduling.k8s.io", "PriorityClass", text(spec, "priorityClassName"))
	for _, volume := range list(spec, "volumes") {
		c.volume(volume)
		c.name(Mounts, "", "PersistentVolumeClaim", "", text(volume, "persistentVolumeClaim", "claimName"))
		for _, source := range list(volume, "projected", "sources") {
			c.volume(source)
		}
	}
	for _, containers := range []string{"initContainers", "containers", "ephemeralContainers"} {
		for _, container := range list(spec, containers) {
			for _, variable := range list(container, "env") {
				c.name(ReadsFrom, "", "ConfigMap", "", text(variable, "valueFrom", "configMapKeyRef", "name"))
				c.secret(ReadsFrom, text(variable, "valueFrom", "secretKeyRef", "name"))
			}
			for _, all := range list(container, "envFrom") {
				c.name(ReadsFrom, "", "ConfigMap", "", text(all, "configMapRef", "name"))
				c.secret(ReadsFrom, text(all, "secretRef", "name"))
			}
		}
	}
}

func (c *collector) volume(volume any) {
	c.name(Mounts, "", "ConfigMap", "", text(volume, "configMap", "name"))
	c.secret(Mounts, text(volume, "secret", "secretName"))
	c.secret(Mounts, text(volume, "secret", "name"))
}

func (c *collector) core(kind string, content map[string]any) {
	switch kind {
	case "Service":
		labels, _ := at(content, "spec", "selector").(map[string]any)
		c.selects(c.finder.pods, selector{labels: labels})
	case "ServiceAccount":
		for _, secret := range append(append([]any{}, list(content, "secrets")...), list(content, "imagePullSecrets")...) {
			c.secret(PullsWith, text(secret, "name"))
		}
	case "Secret":
		c.name(References, "", "ServiceAccount", "", text(content, "metadata", "annotations", "kubernetes.io/service-account.name"))
	case "PersistentVolumeClaim":
		c.global(References, "storage.k8s.io", "StorageClass", text(content, "spec", "storageClassName"))
	}
}

func (c *collector) network(kind string, content map[string]any) {
	switch kind {
	case "Ingress":
		c.service(RoutesTo, "", text(content, "spec", "defaultBackend", "service", "name"))
		for _, rule := range list(content, "spec", "rules") {
			for _, path := range list(rule, "http", "paths") {
				c.service(RoutesTo, "", text(path, "backend", "service", "name"))
				c.service(RoutesTo, "", text(path, "backend", "serviceName"))
			}
		}
		for _, tls := range list(content, "spec", "tls") {
			c.secret(ReadsFrom, text(tls, "secretName"))
		}
		c.global(References, "networking.k8s.io", "IngressClass", text(content, "spec", "ingressClassName"))
	case "NetworkPolicy":
		c.selects(c.finder.pods, newSelector(at(content, "spec", "podSelector")))
	case "Route":
		c.service(RoutesTo, "", text(content, "spec", "to", "name"))
		for _, backend := range list(content, "spec", "alternateBackends") {
			c.service(RoutesTo, "", text(backend, "name"))
		}
	case "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute":
		for _, parent := range list(content, "spec", "parentRefs") {
			c.name(References, "gateway.networking.k8s.io", "Gateway", text(parent, "namespace"), text(parent, "name"))
		}
		for _, rule := range list(content, "spec", "rules") {
			for _, backend := range list(rule, "backendRefs") {
				c.service(RoutesTo, text(backend, "namespace"), text(backend, "name"))
			}
		}
	}
}

func (c *collector) binding(content map[string]any) {
	group, kind, name := "rbac.authorization.k8s.io", text(content, "roleRef", "kind"), text(content, "roleRef", "name")
	if kind == "Role" {
		c.name(GivesRole, group, kind, "", name)
	} else {
		c.global(GivesRole, group, kind, name)
	}
	for _, subject := range list(content, "subjects") {
		if text(subject, "kind") == "ServiceAccount" {
			c.name(GivesTo, "", "ServiceAccount", text(subject, "namespace"), text(subject, "name"))
		}
	}
}

func (c *collector) admission(kind string, content map[string]any) {
	call := func(service any) { c.service(Calls, text(service, "namespace"), text(service, "name")) }
	for _, webhook := range list(content, "webhooks") {
		call(at(webhook, "clientConfig", "service"))
	}
	switch kind {
	case "CustomResourceDefinition":
		call(at(content, "spec", "conversion", "webhook", "clientConfig", "service"))
	case "APIService":
		call(at(content, "spec", "service"))
	case "ValidatingAdmissionPolicyBinding":
		c.global(References, "admissionregistration.k8s.io", "ValidatingAdmissionPolicy", text(content, "spec", "policyName"))
	}
}

func (c *collector) monitoring(kind string, content map[string]any) {
	wanted := newSelector(at(content, "spec", "selector"))
	switch kind {
	case "ServiceMonitor":
		c.selects(c.services, wanted)
	case "PodMonitor":
		c.selects(c.finder.pods, wanted)
	}
}
