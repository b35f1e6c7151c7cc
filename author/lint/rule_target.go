package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// targetRules are about objects and ports that others name.
func targetRules() []Rule {
	return []Rule{{
		Code: "target-missing", Severity: warningSeverity,
		Summary: "a reference to an object that is not in the package",
		Explanation: "An Ingress, Route, HorizontalPodAutoscaler, StatefulSet, webhook or APIService names a Service or " +
			"workload. Another package or an operator may bring it: for webhooks, for components, in packages with other packages or " +
			"custom resources, and where nothing of the kind is in the namespace, it is a finding only where the package makes the " +
			"namespace, or a similar name is there.",
		Example: "kind: HorizontalPodAutoscaler\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop-ap}",
		Cure:    "kind: HorizontalPodAutoscaler\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop-api}",
		Check:   EachInstance(targetMissing),
	}, {
		Code: "service-account-missing", Severity: warningSeverity,
		Summary: "a service account that does not exist",
		Explanation: "The pods of the workload are not made, and a binding gives its permissions to nobody. It is a " +
			"finding where the package makes the namespace itself, so that nobody else can have put the account there, " +
			"or where the package has an account with a similar name. Bindings may be for accounts that an operator makes of custom resources.",
		Example: "serviceAccountName: shop-opertor  # ServiceAccount shop-operator",
		Cure:    "serviceAccountName: shop-operator",
		Check:   EachInstance(serviceAccountMissing),
	}, {
		Code: "role-missing", Severity: warningSeverity,
		Summary: "a binding to a role that does not exist",
		Explanation: "The binding gives no permissions. For a Role it is a finding where the package makes the namespace, " +
			"for a ClusterRole only where the package has one with a similar name: others may bring it.",
		Example: "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: shop-manger}  # ClusterRole shop-manager",
		Cure:    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: shop-manager}",
		Check:   EachInstance(roleMissing),
	}, {
		Code: "port-missing", Severity: errorSeverity,
		Summary: "a port, by name or number, that what it refers to does not have",
		Explanation: "A Service whose targetPort names no port of the pods it selects, an Ingress for a port that its " +
			"Service does not have, a probe of a container for a port name that the container does not have, a " +
			"ServiceMonitor for a port that no Service has: nothing answers.",
		Example: "ports: [{port: 80, targetPort: web}]  # the container has the port http",
		Cure:    "ports: [{port: 80, targetPort: http}]",
		Check:   EachInstance(portMissing),
	}}
}

// absentWithOperators is absent for what operators make, too.
func (i *Instance) absentWithOperators(group, kind, namespace, name string) (hint string, absent bool) {
	hint, absent = i.absent(group, kind, namespace, name)
	return hint, absent && (!i.othersMakeObjects() || isNear(name, i.namesIn(group, kind, namespace)))
}

// absent tells whether an object that is not in the instance ought to be: no other
// package can have made it, or a similar name is there. It returns a hint, too.
func (i *Instance) absent(group, kind, namespace, name string) (hint string, absent bool) {
	if _, ok := i.lookupIn(group, kind, namespace, name); ok || name == "" {
		return "", false
	}
	names := i.namesIn(group, kind, namespace)
	_, near := diagnostic.Suggest(name, names)
	return diagnostic.DidYouMean(name, names), near || i.makesNamespace(namespace)
}

func targetMissing(i *Instance) []Finding {
	var found []Finding
	for _, object := range i.Objects {
		for _, target := range targetsOf(object) {
			namespace := target.namespace
			if namespace == "" {
				namespace = i.namespaceOf(object)
			}
			hint, absent := i.absentWithOperators(target.group, target.kind, namespace, target.name)
			// Webhooks and API services call into any namespace; the others into their own.
			_, there := i.lookupIn(target.group, target.kind, namespace, target.name)
			if target.name == "" || there || !absent && (target.namespace != "" || target.weak || i.othersMakeObjects() ||
				len(i.namesIn(target.group, target.kind, namespace)) == 0) {
				continue
			}
			found = append(found, i.Find(object, fmt.Sprintf("the %s %q is not in the package", target.kind, target.name), hint, target.path...))
		}
	}
	return found
}

type target struct {
	group, kind, namespace, name string
	path                         []any
	// weak tells that others may well bring it.
	weak bool
}

func targetsOf(object Object) []target {
	content := object.Content()
	service := func(path ...any) []target {
		return []target{{kind: "Service", name: textAt(content, path...), path: path}}
	}
	switch {
	case object.Is("autoscaling", "HorizontalPodAutoscaler"):
		reference := mapAt(content, "spec", "scaleTargetRef")
		group, _, _ := strings.Cut(textAt(reference, "apiVersion"), "/")
		if group != "apps" {
			return nil
		}
		return []target{{group: group, kind: textAt(reference, "kind"), name: textAt(reference, "name"), path: []any{"spec", "scaleTargetRef", "name"}}}
	case object.Is("apps", "StatefulSet"):
		targets := service("spec", "serviceName")
		targets[0].weak = true
		return targets
	case object.Is("route.openshift.io", "Route"):
		return service("spec", "to", "name")
	case object.Is("apiregistration.k8s.io", "APIService"):
		return []target{{kind: "Service", namespace: textAt(content, "spec", "service", "namespace"), name: textAt(content, "spec", "service", "name"), path: []any{"spec", "service", "name"}}}
	case object.GroupVersionKind().Group == "admissionregistration.k8s.io" && slices.Contains(webhookKinds, object.Kind()):
		var targets []target
		for k := range listAt(content, "webhooks") {
			path := []any{"webhooks", k, "clientConfig", "service", "name"}
			targets = append(targets, target{kind: "Service", namespace: textAt(content, "webhooks", k, "clientConfig", "service", "namespace"), name: textAt(content, path...), path: path})
		}
		return targets
	case object.Is("networking.k8s.io", "Ingress"):
		var targets []target
		for _, backend := range ingressBackends(content) {
			targets = append(targets, service(join(backend, "service", "name")...)...)
		}
		return targets
	}
	return nil
}

// ingressBackends returns the paths of the backends of an Ingress.
func ingressBackends(content map[string]any) [][]any {
	paths := [][]any{{"spec", "defaultBackend"}}
	for r := range listAt(content, "spec", "rules") {
		for p := range listAt(content, "spec", "rules", r, "http", "paths") {
			paths = append(paths, []any{"spec", "rules", r, "http", "paths", p, "backend"})
		}
	}
	return paths
}

// isGiven tells whether every namespace has a service account of that name: the
// default one, and those of OpenShift.
func isGiven(name string) bool {
	return slices.Contains([]string{"default", "builder", "deployer", "pipeline"}, name)
}

func serviceAccountMissing(i *Instance) []Finding {
	var found []Finding
	for _, w := range i.workloads() {
		name, path := w.serviceAccount()
		if hint, absent := i.absent("", "ServiceAccount", i.namespaceOf(w.Object), name); absent && !isGiven(name) {
			found = append(found, i.Find(w.Object, fmt.Sprintf("the service account %q is not in the package", name), hint, path...))
		}
	}
	for _, object := range i.Objects {
		if object.GroupVersionKind().Group != rbacGroup {
			continue
		}
		for k := range listAt(object.Content(), "subjects") {
			subject := mapAt(object.Content(), "subjects", k)
			name, namespace := textAt(subject, "name"), textAt(subject, "namespace")
			if namespace == "" {
				namespace = i.namespaceOf(object)
			}
			if textAt(subject, "kind") != "ServiceAccount" || isGiven(name) {
				continue
			}
			if hint, absent := i.absentWithOperators("", "ServiceAccount", namespace, name); absent {
				found = append(found, i.Find(object, fmt.Sprintf("the service account %q is not in the package", name), hint, "subjects", k, "name"))
			}
		}
	}
	return found
}

func roleMissing(i *Instance) []Finding {
	var found []Finding
	for _, object := range i.Objects {
		if object.GroupVersionKind().Group != rbacGroup || !strings.HasSuffix(object.Kind(), "Binding") {
			continue
		}
		kind, name := textAt(object.Content(), "roleRef", "kind"), textAt(object.Content(), "roleRef", "name")
		namespace := ""
		if kind == "Role" {
			namespace = i.namespaceOf(object)
		}
		hint, absent := i.absent(rbacGroup, kind, namespace, name)
		if absent {
			found = append(found, i.Find(object, fmt.Sprintf("the %s %q is not in the package", kind, name), hint, "roleRef", "name"))
		}
	}
	return found
}
