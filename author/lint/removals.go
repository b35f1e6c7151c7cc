package lint

import "slices"

// newestMinor is the newest minor of Kubernetes that the table of removals knows.
const newestMinor = 37

// apiLife is how long a version of an API lives: minors of Kubernetes 1.
type apiLife struct {
	group, version      string
	kinds               []string
	deprecated, removed int // removed is 0 where no release is named
	replacement         string
}

// apiLives are the versions of Kubernetes' APIs that were deprecated since 1.8, as the
// prerelease lifecycles of the module k8s.io/api and the deprecation guide of
// Kubernetes have them.
func apiLives() []apiLife {
	admission := []string{"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
	webhooks := []string{"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}
	mutating := []string{"MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"}
	claims := []string{"DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"}
	flow := []string{"FlowSchema", "PriorityLevelConfiguration"}
	rbac := []string{"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}
	return []apiLife{
		{"", "v1", []string{"Endpoints"}, 33, 0, "discovery.k8s.io/v1 EndpointSlice"},
		{"", "v1", []string{"ComponentStatus"}, 19, 0, ""},
		{"admissionregistration.k8s.io", "v1alpha1", admission, 29, 32, "admissionregistration.k8s.io/v1"},
		{"admissionregistration.k8s.io", "v1alpha1", mutating, 35, 38, "admissionregistration.k8s.io/v1"},
		{"admissionregistration.k8s.io", "v1beta1", admission, 31, 34, "admissionregistration.k8s.io/v1"},
		{"admissionregistration.k8s.io", "v1beta1", mutating, 37, 40, "admissionregistration.k8s.io/v1"},
		{"admissionregistration.k8s.io", "v1beta1", webhooks, 16, 22, "admissionregistration.k8s.io/v1"},
		{"apiextensions.k8s.io", "v1beta1", []string{"CustomResourceDefinition"}, 16, 22, "apiextensions.k8s.io/v1"},
		{"apiregistration.k8s.io", "v1beta1", []string{"APIService"}, 19, 22, "apiregistration.k8s.io/v1"},
		{"apps", "v1beta1", []string{"ControllerRevision", "Deployment", "StatefulSet"}, 8, 16, "apps/v1"},
		{"apps", "v1beta2", []string{"ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"}, 9, 16, "apps/v1"},
		{"autoscaling", "v2beta1", []string{"HorizontalPodAutoscaler"}, 22, 25, "autoscaling/v2"},
		{"autoscaling", "v2beta2", []string{"HorizontalPodAutoscaler"}, 23, 26, "autoscaling/v2"},
		{"batch", "v2alpha1", []string{"CronJob"}, 8, 21, "batch/v1"},
		{"batch", "v1beta1", []string{"CronJob"}, 21, 25, "batch/v1"},
		{"certificates.k8s.io", "v1alpha1", []string{"ClusterTrustBundle"}, 34, 37, "certificates.k8s.io/v1beta1"},
		{"certificates.k8s.io", "v1beta1", []string{"CertificateSigningRequest"}, 19, 22, "certificates.k8s.io/v1"},
		{"certificates.k8s.io", "v1beta1", []string{"ClusterTrustBundle", "PodCertificateRequest"}, 37, 40, ""},
		{"coordination.k8s.io", "v1beta1", []string{"Lease"}, 19, 22, "coordination.k8s.io/v1"},
		{"coordination.k8s.io", "v1alpha2", []string{"LeaseCandidate"}, 35, 38, "coordination.k8s.io/v1beta1"},
		{"coordination.k8s.io", "v1beta1", []string{"LeaseCandidate"}, 36, 39, ""},
		{"discovery.k8s.io", "v1beta1", []string{"EndpointSlice"}, 21, 25, "discovery.k8s.io/v1"},
		{"events.k8s.io", "v1beta1", []string{"Event"}, 22, 25, "events.k8s.io/v1"},
		{"extensions", "v1beta1", []string{"DaemonSet", "Deployment", "ReplicaSet"}, 8, 16, "apps/v1"},
		{"extensions", "v1beta1", []string{"Ingress"}, 14, 22, "networking.k8s.io/v1"},
		{"extensions", "v1beta1", []string{"NetworkPolicy"}, 9, 16, "networking.k8s.io/v1"},
		{"extensions", "v1beta1", []string{"PodSecurityPolicy"}, 10, 16, ""},
		{"flowcontrol.apiserver.k8s.io", "v1beta1", flow, 23, 26, "flowcontrol.apiserver.k8s.io/v1"},
		{"flowcontrol.apiserver.k8s.io", "v1beta2", flow, 26, 29, "flowcontrol.apiserver.k8s.io/v1"},
		{"flowcontrol.apiserver.k8s.io", "v1beta3", flow, 29, 32, "flowcontrol.apiserver.k8s.io/v1"},
		{"networking.k8s.io", "v1beta1", []string{"Ingress", "IngressClass"}, 19, 22, "networking.k8s.io/v1"},
		{"networking.k8s.io", "v1beta1", []string{"IPAddress", "ServiceCIDR"}, 34, 37, "networking.k8s.io/v1"},
		{"node.k8s.io", "v1beta1", []string{"RuntimeClass"}, 22, 25, "node.k8s.io/v1"},
		{"policy", "v1beta1", []string{"PodDisruptionBudget"}, 21, 25, "policy/v1"},
		{"policy", "v1beta1", []string{"PodSecurityPolicy"}, 21, 25, "pod security standards, by labels of the namespace"},
		{rbacGroup, "v1alpha1", rbac, 17, 22, rbacGroup + "/v1"},
		{rbacGroup, "v1beta1", rbac, 17, 22, rbacGroup + "/v1"},
		{"resource.k8s.io", "v1alpha3", []string{"DeviceTaintRule"}, 36, 39, "resource.k8s.io/v1beta2"},
		{"resource.k8s.io", "v1beta1", claims, 35, 38, "resource.k8s.io/v1"},
		{"resource.k8s.io", "v1beta2", claims, 36, 39, "resource.k8s.io/v1"},
		{"scheduling.k8s.io", "v1alpha1", []string{"PriorityClass"}, 14, 22, "scheduling.k8s.io/v1"},
		{"scheduling.k8s.io", "v1beta1", []string{"PriorityClass"}, 14, 22, "scheduling.k8s.io/v1"},
		{"settings.k8s.io", "v1alpha1", []string{"PodPreset"}, 20, 20, ""},
		{"storage.k8s.io", "v1alpha1", []string{"CSIStorageCapacity", "VolumeAttachment"}, 21, 24, "storage.k8s.io/v1"},
		{"storage.k8s.io", "v1alpha1", []string{"VolumeAttributesClass"}, 32, 35, "storage.k8s.io/v1"},
		{"storage.k8s.io", "v1beta1", []string{"CSIDriver", "StorageClass", "VolumeAttachment"}, 19, 22, "storage.k8s.io/v1"},
		{"storage.k8s.io", "v1beta1", []string{"CSINode"}, 17, 22, "storage.k8s.io/v1"},
		{"storage.k8s.io", "v1beta1", []string{"CSIStorageCapacity"}, 24, 27, "storage.k8s.io/v1"},
		{"storage.k8s.io", "v1beta1", []string{"VolumeAttributesClass"}, 34, 37, "storage.k8s.io/v1"},
		{"storagemigration.k8s.io", "v1beta1", []string{"StorageVersionMigration"}, 37, 40, ""},
	}
}

// lifeOf returns what is known of the version of an object's kind.
func lifeOf(object Object) (apiLife, bool) {
	gvk := object.GroupVersionKind()
	for _, life := range apiLives() {
		if life.group == gvk.Group && life.version == gvk.Version && slices.Contains(life.kinds, gvk.Kind) {
			return life, true
		}
	}
	return apiLife{}, false
}
