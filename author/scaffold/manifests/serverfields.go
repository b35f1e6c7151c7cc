package manifests

import (
	"maps"
	"slices"
	"strings"
)

// cleanMetadata takes away what only servers write; where an object does not come from a
// cluster, that is what tools leave behind, such as "creationTimestamp: null".
func (o *liveObject) cleanMetadata(live bool) {
	for _, field := range []string{
		"uid", "resourceVersion", "creationTimestamp", "generation", "selfLink", "managedFields",
		"deletionGracePeriodSeconds",
	} {
		o.remove("metadata", field)
	}
	if live {
		o.remove("metadata", "finalizers")
		o.remove("metadata", "ownerReferences")
	}
	annotations := o.mapping("metadata", "annotations")
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		if isServerAnnotation(key) {
			o.remove("metadata", "annotations", key)
		}
	}
	labels := o.mapping("metadata", "labels")
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if isServerLabel(key, live) {
			o.remove("metadata", "labels", key)
		}
	}
	if managedBy := labels["app.kubernetes.io/managed-by"]; live && managedBy == "Helm" {
		o.remove("metadata", "labels", "app.kubernetes.io/managed-by")
	}
}

func isServerAnnotation(key string) bool {
	switch key {
	case "kubectl.kubernetes.io/last-applied-configuration",
		"deployment.kubernetes.io/revision", "deployment.kubernetes.io/revision-history",
		"deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas",
		"deprecated.daemonset.template.generation", "batch.kubernetes.io/job-tracking",
		"control-plane.alpha.kubernetes.io/leader", "endpoints.kubernetes.io/last-change-trigger-time",
		"pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller", "pv.kubernetes.io/provisioned-by",
		"volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner",
		"volume.kubernetes.io/selected-node",
		"meta.helm.sh/release-name", "meta.helm.sh/release-namespace",
		"autoscaling.alpha.kubernetes.io/conditions", "autoscaling.alpha.kubernetes.io/current-metrics",
		"package-operator.run/revision", "package-operator.run/change-cause":
		return true
	}
	return strings.HasPrefix(key, "openshift.io/sa.scc.")
}

func isServerLabel(key string, live bool) bool {
	switch key {
	case "package-operator.run/package", "package-operator.run/instance", "package-operator.run/cache":
		return true
	case "controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name",
		"kubernetes.io/metadata.name", "pod-template-hash", "controller-revision-hash":
		return live
	}
	return false
}

// cleanStatus takes the status away, and what tools write into templates of pods and
// claims beside it.
func (o *liveObject) cleanStatus() {
	o.remove("status")
	for _, template := range [][]string{
		{"spec", "template", "metadata"}, {"spec", "jobTemplate", "metadata"}, {"spec", "jobTemplate", "spec", "template", "metadata"},
	} {
		if value, ok := o.value(append(template, "creationTimestamp")...); ok && value == nil {
			o.remove(append(template, "creationTimestamp")...)
		}
	}
	claims, _ := o.value("spec", "volumeClaimTemplates")
	list, _ := claims.([]any)
	for _, entry := range list {
		claim, _ := entry.(map[string]any)
		if _, ok := claim["status"]; ok {
			delete(claim, "status")
			o.removed = append(o.removed, "spec.volumeClaimTemplates[].status")
		}
		if metadata, _ := claim["metadata"].(map[string]any); metadata != nil {
			if value, ok := metadata["creationTimestamp"]; ok && value == nil {
				delete(metadata, "creationTimestamp")
			}
		}
	}
}

// cleanLive takes away what belongs to one cluster. Bound tells of a claim that the cluster
// chose its volume.
func (o *liveObject) cleanLive(bound bool) {
	o.remove("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt")
	switch o.kind() {
	case "Service":
		if o.group() == "" {
			o.cleanService()
		}
	case "PersistentVolumeClaim":
		if bound {
			o.remove("spec", "volumeName")
		}
	case "PersistentVolume":
		o.remove("spec", "claimRef")
	case "Namespace":
		o.remove("spec", "finalizers")
		if len(o.mapping("spec")) == 0 {
			delete(o.Content, "spec")
		}
	case "ServiceAccount":
		o.cleanServiceAccount()
	case "Job":
		o.cleanJob()
	case "Pod":
		o.cleanPod()
	case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration":
		o.cleanWebhooks()
	}
}

// choosesVolume tells of a claim that it asks for one volume by name: it has no class, and
// no controller found the volume.
func (o *liveObject) choosesVolume() bool {
	class, ok := o.value("spec", "storageClassName")
	return ok && class == "" && !o.has("metadata", "annotations", "pv.kubernetes.io/bound-by-controller")
}

func (o *liveObject) cleanService() {
	if o.text("spec", "clusterIP") != "None" {
		o.remove("spec", "clusterIP")
		o.remove("spec", "clusterIPs")
	}
	o.remove("spec", "healthCheckNodePort")
	o.remove("spec", "ipFamilies")
	if o.text("spec", "ipFamilyPolicy") == "SingleStack" { // what clusters write where nobody asked
		o.remove("spec", "ipFamilyPolicy")
	}
	ports, _ := o.value("spec", "ports")
	list, _ := ports.([]any)
	removed := false
	for _, entry := range list {
		if port, _ := entry.(map[string]any); port != nil && port["nodePort"] != nil {
			delete(port, "nodePort")
			removed = true
		}
	}
	if removed {
		o.removed = append(o.removed, "spec.ports[].nodePort")
	}
}

// cleanServiceAccount drops the secrets that clusters make for an account.
func (o *liveObject) cleanServiceAccount() {
	name := o.text("metadata", "name")
	for _, field := range []string{"secrets", "imagePullSecrets"} {
		list, _ := o.Content[field].([]any)
		kept := slices.DeleteFunc(slices.Clone(list), func(entry any) bool {
			reference, _ := entry.(map[string]any)
			secret, _ := reference["name"].(string)
			return strings.HasPrefix(secret, name+"-token-") || strings.HasPrefix(secret, name+"-dockercfg-")
		})
		if len(kept) == len(list) {
			continue
		}
		o.removed = append(o.removed, field)
		if o.Content[field] = kept; len(kept) == 0 {
			delete(o.Content, field)
		}
	}
}

// cleanJob drops the selector that the cluster chose.
func (o *liveObject) cleanJob() {
	if manual, _ := o.value("spec", "manualSelector"); manual == true {
		return
	}
	o.remove("spec", "selector")
	for _, label := range []string{"controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name"} {
		o.remove("spec", "template", "metadata", "labels", label)
	}
}

// cleanPod drops the node, and the volume with the token that every pod gets.
func (o *liveObject) cleanPod() {
	o.remove("spec", "nodeName")
	spec := o.mapping("spec")
	isToken := func(entry any) bool {
		named, _ := entry.(map[string]any)
		name, _ := named["name"].(string)
		return strings.HasPrefix(name, "kube-api-access-")
	}
	dropped := false
	drop := func(holder map[string]any, field string) {
		list, ok := holder[field].([]any)
		if !ok {
			return
		}
		kept := slices.DeleteFunc(slices.Clone(list), isToken)
		dropped = dropped || len(kept) < len(list)
		if holder[field] = kept; len(kept) == 0 {
			delete(holder, field)
		}
	}
	drop(spec, "volumes")
	for _, kind := range []string{"containers", "initContainers", "ephemeralContainers"} {
		containers, _ := spec[kind].([]any)
		for _, entry := range containers {
			if container, _ := entry.(map[string]any); container != nil {
				drop(container, "volumeMounts")
			}
		}
	}
	if dropped {
		o.removed = append(o.removed, "spec.volumes of kube-api-access")
	}
}

// cleanWebhooks drops certificates that something injects.
func (o *liveObject) cleanWebhooks() {
	annotations := o.mapping("metadata", "annotations")
	injected := false
	for _, key := range []string{
		"cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret", "service.beta.openshift.io/inject-cabundle",
	} {
		injected = injected || annotations[key] != nil
	}
	if !injected {
		return
	}
	list, _ := o.Content["webhooks"].([]any)
	removed := false
	for _, entry := range list {
		webhook, _ := entry.(map[string]any)
		config, _ := webhook["clientConfig"].(map[string]any)
		if _, ok := config["caBundle"]; ok {
			delete(config, "caBundle")
			removed = true
		}
	}
	if removed {
		o.removed = append(o.removed, "webhooks[].clientConfig.caBundle")
	}
}
