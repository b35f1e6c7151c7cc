package clustertest

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/structured-merge-diff/v6/typed"

	"github.com/packstage/packstage/installer/cluster"
)

// nameRule says what names a kind may have.
type nameRule int

const (
	subdomainName nameRule = iota
	labelName              // RFC 1123
	pathName               // anything that can stand in a path
)

// kindRules are a kind and what the server does with its objects.
type kindRules struct {
	group, kind, resource string
	// versions that are served, the preferred one first. Objects are stored in it.
	versions   []string
	namespaced bool
	// status is written apart from the rest.
	status bool
	// generation counts the changes of the rest.
	generation bool
	names      nameRule
	// createOnly kinds are questions to the server, not objects.
	createOnly bool
	// definition of the kind; nil for built-in ones.
	definition *definition
	// parser is what was last made, for objects with parserNames in them: the next one
	// of the kind is likely to have the same.
	parser      *typed.Parser
	parserNames string
}

func (k *kindRules) groupKind() schema.GroupKind {
	return schema.GroupKind{Group: k.group, Kind: k.kind}
}

func (k *kindRules) groupResource() schema.GroupResource {
	return schema.GroupResource{Group: k.group, Resource: k.resource}
}

// stored returns the type in which objects are kept.
func (k *kindRules) stored() schema.GroupVersionKind {
	return k.groupKind().WithVersion(k.versions[0])
}

func (k *kindRules) served(version string) cluster.Kind {
	verbs := []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}
	switch {
	case k.createOnly:
		verbs = []string{"create"}
	case k.groupKind() == namespaceKind: // there is no removing all of them at once
		verbs = slices.DeleteFunc(verbs, func(verb string) bool { return verb == "deletecollection" })
	}
	return cluster.Kind{
		GroupVersionKind: k.groupKind().WithVersion(version), Resource: k.resource, Namespaced: k.namespaced, Verbs: verbs,
	}
}

// Marks of the table below.
const (
	namespaced = 1 << iota
	withStatus
	withGeneration
	labels1123
	paths
	questions
)

// builtinKinds returns the kinds that packages and installers use, as Kubernetes
// 1.36 serves them.
func builtinKinds() []*kindRules {
	const status, generation = withStatus, withGeneration
	var all []*kindRules
	add := func(group, version, kind, resource string, marks int, more ...string) {
		names := subdomainName
		switch {
		case marks&labels1123 != 0:
			names = labelName
		case marks&paths != 0:
			names = pathName
		}
		all = append(all, &kindRules{
			group: group, kind: kind, resource: resource, versions: append([]string{version}, more...),
			namespaced: marks&namespaced != 0, status: marks&status != 0, generation: marks&generation != 0,
			names: names, createOnly: marks&questions != 0,
		})
	}
	add("", "v1", "ConfigMap", "configmaps", namespaced)
	add("", "v1", "Endpoints", "endpoints", namespaced)
	add("", "v1", "Event", "events", namespaced)
	add("", "v1", "LimitRange", "limitranges", namespaced)
	add("", "v1", "Namespace", "namespaces", status|labels1123)
	add("", "v1", "Node", "nodes", status)
	add("", "v1", "PersistentVolume", "persistentvolumes", status)
	add("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", namespaced|status)
	add("", "v1", "Pod", "pods", namespaced|status|generation)
	add("", "v1", "PodTemplate", "podtemplates", namespaced|generation)
	add("", "v1", "ReplicationController", "replicationcontrollers", namespaced|status|generation)
	add("", "v1", "ResourceQuota", "resourcequotas", namespaced|status)
	add("", "v1", "Secret", "secrets", namespaced)
	add("", "v1", "Service", "services", namespaced|status|labels1123)
	add("", "v1", "ServiceAccount", "serviceaccounts", namespaced)
	const admission = "admissionregistration.k8s.io"
	add(admission, "v1", "MutatingAdmissionPolicy", "mutatingadmissionpolicies", generation)
	add(admission, "v1", "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", generation)
	add(admission, "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", generation)
	add(admission, "v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", status|generation)
	add(admission, "v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", generation)
	add(admission, "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", generation)
	add("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", status|generation)
	add("apiregistration.k8s.io", "v1", "APIService", "apiservices", status)
	add("apps", "v1", "ControllerRevision", "controllerrevisions", namespaced)
	add("apps", "v1", "DaemonSet", "daemonsets", namespaced|status|generation)
	add("apps", "v1", "Deployment", "deployments", namespaced|status|generation)
	add("apps", "v1", "ReplicaSet", "replicasets", namespaced|status|generation)
	add("apps", "v1", "StatefulSet", "statefulsets", namespaced|status|generation)
	add("authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews", questions)
	add("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", questions)
	add("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", namespaced|status, "v1")
	add("batch", "v1", "CronJob", "cronjobs", namespaced|status|generation)
	add("batch", "v1", "Job", "jobs", namespaced|status|generation)
	add("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests", status)
	add("coordination.k8s.io", "v1", "Lease", "leases", namespaced)
	add("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", namespaced|generation)
	add("events.k8s.io", "v1", "Event", "events", namespaced)
	const flow = "flowcontrol.apiserver.k8s.io"
	add(flow, "v1", "FlowSchema", "flowschemas", status|generation)
	add(flow, "v1", "PriorityLevelConfiguration", "prioritylevelconfigurations", status|generation)
	const network = "networking.k8s.io"
	add(network, "v1", "IPAddress", "ipaddresses", 0)
	add(network, "v1", "Ingress", "ingresses", namespaced|status|generation)
	add(network, "v1", "IngressClass", "ingressclasses", generation)
	add(network, "v1", "NetworkPolicy", "networkpolicies", namespaced|generation)
	add(network, "v1", "ServiceCIDR", "servicecidrs", status)
	add("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", 0)
	add("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", namespaced|status|generation)
	const access = "rbac.authorization.k8s.io"
	add(access, "v1", "ClusterRole", "clusterroles", paths)
	add(access, "v1", "ClusterRoleBinding", "clusterrolebindings", paths)
	add(access, "v1", "Role", "roles", namespaced|paths)
	add(access, "v1", "RoleBinding", "rolebindings", namespaced|paths)
	add("resource.k8s.io", "v1", "DeviceClass", "deviceclasses", generation)
	add("resource.k8s.io", "v1", "ResourceClaim", "resourceclaims", namespaced|status)
	add("resource.k8s.io", "v1", "ResourceClaimTemplate", "resourceclaimtemplates", namespaced)
	add("resource.k8s.io", "v1", "ResourceSlice", "resourceslices", generation)
	add("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", generation)
	add("storage.k8s.io", "v1", "CSIDriver", "csidrivers", generation)
	add("storage.k8s.io", "v1", "CSINode", "csinodes", 0)
	add("storage.k8s.io", "v1", "CSIStorageCapacity", "csistoragecapacities", namespaced)
	add("storage.k8s.io", "v1", "StorageClass", "storageclasses", 0)
	add("storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", status)
	add("storage.k8s.io", "v1", "VolumeAttributesClass", "volumeattributesclasses", 0)
	return all
}
