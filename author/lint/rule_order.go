package lint

import (
	"cmp"
	"fmt"
	"slices"
)

// orderRules are about objects that come before what they need.
func orderRules() []Rule {
	return []Rule{{
		Code: "order-custom-resource", Severity: errorSeverity,
		Summary: "a custom resource in the phase of its definition, or before it",
		Explanation: "The API server does not know the kind before its CustomResourceDefinition is established. An " +
			"installer that checks a phase before it applies it never gets past this one. Put definitions into a " +
			"phase of their own, before that of the first resource.",
		Example: "phase crds: Backup nightly\nphase deploy: CustomResourceDefinition backups.example.com",
		Cure:    "phase crds: CustomResourceDefinition backups.example.com\nphase deploy: Backup nightly",
		Check:   EachInstance(customResourceBeforeDefinition),
	}, {
		Code: "order-namespace", Severity: errorSeverity,
		Summary: "an object before the namespace that it lives in",
		Explanation: "Objects are applied in the order of the phases, and in a phase in the order of the files. Without " +
			"its namespace the object is refused, and the installation does not get to the namespace. Put namespaces " +
			"into an early phase.",
		Example: "phase config: ConfigMap shop/settings\nphase deploy: Namespace shop",
		Cure:    "phase namespace: Namespace shop\nphase config: ConfigMap shop/settings",
		Check:   EachInstance(objectBeforeNamespace),
	}, {
		Code: "order-service-account", Severity: warningSeverity,
		Summary: "a workload in an earlier phase than the service account that it runs as",
		Explanation: "No pod is made before its service account exists. Where an availability probe waits for the " +
			"workload, the phase of the service account never comes.",
		Example: "phase deploy: Deployment api (serviceAccountName: api)\nphase rbac: ServiceAccount api",
		Cure:    "phase rbac: ServiceAccount api\nphase deploy: Deployment api",
		Check:   EachInstance(workloadBeforeServiceAccount),
	}, {
		Code: "order-configuration", Severity: warningSeverity,
		Summary: "a workload in an earlier phase than a ConfigMap, Secret or PersistentVolumeClaim that it needs",
		Explanation: "The pods do not start before what they mount or read is there. Where an availability probe waits " +
			"for the workload, the phase of what it needs never comes. References that are `optional: true` are no finding.",
		Example: "phase deploy: Deployment api (envFrom configMapRef api-settings)\nphase extras: ConfigMap api-settings",
		Cure:    "phase config: ConfigMap api-settings\nphase deploy: Deployment api",
		Check:   EachInstance(workloadBeforeConfiguration),
	}, {
		Code: "order-permissions", Severity: warningSeverity,
		Summary: "a workload in an earlier phase than the binding that gives its service account permissions",
		Explanation: "Until the binding is there the program is refused by the API server; many end then. Where an " +
			"availability probe waits for the workload, the phase of the binding may never come.",
		Example: "phase deploy: Deployment api (serviceAccountName: api)\nphase rbac: RoleBinding api (subject api)",
		Cure:    "phase rbac: RoleBinding api\nphase deploy: Deployment api",
		Check:   EachInstance(workloadBeforePermissions),
	}, {
		Code: "order-webhook", Severity: warningSeverity,
		Summary: "a webhook in an earlier phase than the workload that answers it",
		Explanation: "With `failurePolicy: Fail`, the default, the API server refuses all requests that the webhook is " +
			"asked about while nobody answers: those of other users of the cluster too, and perhaps those that would " +
			"install the answering workload. Put webhooks into the last phase, behind an availability probe.",
		Example: "phase webhooks: ValidatingWebhookConfiguration shop\nphase deploy: Deployment shop-webhook",
		Cure:    "phase deploy: Deployment shop-webhook\nphase webhooks: ValidatingWebhookConfiguration shop",
		Check:   EachInstance(webhookBeforeWorkload),
	}}
}

func customResourceBeforeDefinition(i *Instance) []Finding {
	definitions := i.definitions()
	var found []Finding
	for _, object := range i.Objects {
		gvk := object.GroupVersionKind()
		d, ok := definitions[[2]string{gvk.Group, gvk.Kind}]
		if !ok || d.object.PhaseIndex < object.PhaseIndex {
			continue
		}
		message := fmt.Sprintf("is in the phase %q, before its definition in the phase %q", object.Phase, d.object.Phase)
		if d.object.PhaseIndex == object.PhaseIndex {
			message = fmt.Sprintf("is in the phase %q, as its definition is", object.Phase)
		}
		found = append(found, i.FindKey(object, message, "put the CustomResourceDefinition into an earlier phase", "kind"))
	}
	return found
}

func objectBeforeNamespace(i *Instance) []Finding {
	var found []Finding
	for _, object := range i.Objects {
		namespace, ok := i.Lookup("", "Namespace", "", object.Namespace())
		if object.Namespace() == "" || !ok || namespace.Index < object.Index {
			continue
		}
		message := fmt.Sprintf("is in the phase %q, before its namespace in the phase %q", object.Phase, namespace.Phase)
		if namespace.PhaseIndex == object.PhaseIndex {
			message = fmt.Sprintf("comes before its namespace, in the phase %q", object.Phase)
		}
		found = append(found, i.Find(object, message, "put the Namespace into an earlier phase", "metadata", "namespace"))
	}
	return found
}

// waits says what becomes of an installation where a workload comes before what it
// needs.
func (i *Instance) waits(w workload) string {
	if i.probed(w.Object) {
		return "; an availability probe waits for the workload, so that phase is never reached"
	}
	return ""
}

func workloadBeforeServiceAccount(i *Instance) []Finding {
	var found []Finding
	for _, w := range i.workloads() {
		name, path := w.serviceAccount()
		account, ok := i.lookupIn("", "ServiceAccount", i.namespaceOf(w.Object), name)
		if name == "" || !ok || account.PhaseIndex <= w.PhaseIndex {
			continue
		}
		found = append(found, i.Find(w.Object,
			fmt.Sprintf("is in the phase %q, before the service account %q in the phase %q%s", w.Phase, name, account.Phase, i.waits(w)),
			"put the ServiceAccount into an earlier phase", path...))
	}
	return found
}

func workloadBeforeConfiguration(i *Instance) []Finding {
	var found []Finding
	for _, w := range i.workloads() {
		for _, use := range w.uses() {
			object, ok := i.lookupIn("", use.kind, i.namespaceOf(w.Object), use.name)
			if !ok || object.PhaseIndex <= w.PhaseIndex {
				continue
			}
			found = append(found, i.Find(w.Object,
				fmt.Sprintf("is in the phase %q, before the %s %q in the phase %q that it needs%s", w.Phase, use.kind, use.name, object.Phase, i.waits(w)),
				"put the "+use.kind+" into the same phase or an earlier one", use.path...))
		}
	}
	return found
}

func workloadBeforePermissions(i *Instance) []Finding {
	var found []Finding
	for _, w := range i.workloads() {
		account, path := w.serviceAccount()
		object, ok := i.lookupIn("", "ServiceAccount", i.namespaceOf(w.Object), account)
		if account == "" || ok && object.PhaseIndex > w.PhaseIndex {
			continue // the account alone is reason enough to move it
		}
		for _, binding := range i.bindingsOf(i.namespaceOf(w.Object), account) {
			if binding.PhaseIndex > w.PhaseIndex {
				found = append(found, i.Find(w.Object,
					fmt.Sprintf("is in the phase %q, before the %s in the phase %q that gives its service account permissions%s", w.Phase, binding, binding.Phase, i.waits(w)),
					"put roles and their bindings into an earlier phase", path...))
				break
			}
		}
	}
	return found
}

// bindingsOf returns the bindings whose subject is a service account.
func (i *Instance) bindingsOf(namespace, account string) []Object {
	return i.bindings()[[2]string{namespace, account}]
}

func (i *Instance) findBindings() map[[2]string][]Object {
	found := map[[2]string][]Object{}
	for _, kind := range []string{"ClusterRoleBinding", "RoleBinding"} {
		for _, object := range i.ofKind(rbacGroup, kind) {
			subjects := map[[2]string]bool{}
			for _, subject := range listAt(object.Content(), "subjects") {
				in := cmp.Or(textAt(subject, "namespace"), i.namespaceOf(object))
				account := [2]string{in, textAt(subject, "name")}
				if textAt(subject, "kind") == "ServiceAccount" && !subjects[account] {
					subjects[account] = true
					found[account] = append(found[account], object)
				}
			}
		}
	}
	for _, bindings := range found {
		slices.SortFunc(bindings, func(a, b Object) int { return a.Index - b.Index })
	}
	return found
}

// webhookKinds are the kinds of configurations of webhooks.
var webhookKinds = []string{"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"}

func webhookBeforeWorkload(i *Instance) []Finding {
	var found []Finding
	for _, object := range i.Objects {
		if object.GroupVersionKind().Group != "admissionregistration.k8s.io" || !slices.Contains(webhookKinds, object.Kind()) {
			continue
		}
		for k := range listAt(object.Content(), "webhooks") {
			webhook := mapAt(object.Content(), "webhooks", k)
			if textAt(webhook, "failurePolicy") == "Ignore" {
				continue
			}
			name, namespace := textAt(webhook, "clientConfig", "service", "name"), textAt(webhook, "clientConfig", "service", "namespace")
			service, ok := i.lookupIn("", "Service", namespace, name)
			if !ok {
				continue
			}
			for _, w := range i.selectedBy(service) {
				if w.PhaseIndex > object.PhaseIndex {
					found = append(found, i.Find(object,
						fmt.Sprintf("is in the phase %q, before the %s in the phase %q that answers the webhook", object.Phase, w, w.Phase),
						"put it into a phase behind the workload, or set failurePolicy to Ignore", "webhooks", k, "clientConfig", "service", "name"))
					break
				}
			}
		}
	}
	return found
}

// selectedBy returns the workloads whose pods a Service selects.
func (i *Instance) selectedBy(service Object) []workload {
	selector := labelsAt(service.Content(), "spec", "selector")
	if len(selector) == 0 {
		return nil
	}
	var found []workload
	for _, w := range i.workloads() {
		if matchesAll(w.labels, w.withoutGiven(selector)) && i.namespaceOf(w.Object) == i.namespaceOf(service) {
			found = append(found, w)
		}
	}
	return found
}
