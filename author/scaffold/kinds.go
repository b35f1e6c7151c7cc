package scaffold

import "strings"

// Phases that Make proposes, in their order. A package has those of them that hold
// objects.
//
// Each phase waits for what the one before it has started, so nothing may stand behind
// a phase that needs it to become available: services come before workloads, since
// pods may look for one another before they are ready; webhooks come after the
// workloads that answer them, and custom resources last, when their controllers run.
const (
	PhaseNamespaces      = "namespaces"
	PhaseCRDs            = "crds"
	PhaseRBAC            = "rbac"
	PhaseConfiguration   = "configuration"
	PhaseStorage         = "storage"
	PhaseServices        = "services"
	PhaseWorkloads       = "workloads"
	PhaseNetworking      = "networking"
	PhaseWebhooks        = "webhooks"
	PhaseCustomResources = "custom-resources"
)

// phaseOrder returns the proposed phases in their order.
func phaseOrder() []string {
	return []string{
		PhaseNamespaces, PhaseCRDs, PhaseRBAC, PhaseConfiguration, PhaseStorage,
		PhaseServices, PhaseWorkloads, PhaseNetworking, PhaseWebhooks, PhaseCustomResources,
	}
}

// groupKind names a kind whatever its version.
type groupKind struct{ group, kind string }

// kindFacts is what is known of a kind without a cluster.
type kindFacts struct {
	phase string
	// cluster tells that objects of the kind have no namespace.
	cluster bool
}

// known returns what is known of a kind, and whether anything is.
func known(kind groupKind) (kindFacts, bool) {
	switch kind.group {
	case "":
		return coreKind(kind.kind)
	case "apps", "batch":
		return kindFacts{phase: PhaseWorkloads}, true
	case "rbac.authorization.k8s.io":
		return kindFacts{PhaseRBAC, strings.HasPrefix(kind.kind, "Cluster")}, true
	case "apiextensions.k8s.io":
		return kindFacts{PhaseCRDs, true}, true
	case "admissionregistration.k8s.io", "apiregistration.k8s.io":
		return kindFacts{PhaseWebhooks, true}, true
	case "autoscaling", "policy":
		return kindFacts{PhaseWorkloads, kind.kind == "PodSecurityPolicy"}, true
	case "storage.k8s.io":
		return kindFacts{PhaseStorage, kind.kind != "CSIStorageCapacity"}, true
	case "resource.k8s.io":
		return kindFacts{PhaseConfiguration, kind.kind == "DeviceClass" || kind.kind == "ResourceSlice"}, true
	case "scheduling.k8s.io", "node.k8s.io", "flowcontrol.apiserver.k8s.io", "certificates.k8s.io":
		return kindFacts{PhaseConfiguration, true}, true
	case "coordination.k8s.io":
		return kindFacts{phase: PhaseConfiguration}, true
	case "discovery.k8s.io":
		return kindFacts{phase: PhaseServices}, true
	case "networking.k8s.io":
		return networkingKind(kind.kind)
	case "gateway.networking.k8s.io":
		return kindFacts{PhaseNetworking, kind.kind == "GatewayClass"}, true
	}
	return wellKnownCustomKind(kind)
}

func coreKind(kind string) (kindFacts, bool) {
	switch kind {
	case "Namespace":
		return kindFacts{PhaseNamespaces, true}, true
	case "ServiceAccount":
		return kindFacts{phase: PhaseRBAC}, true
	case "ConfigMap", "Secret", "LimitRange", "ResourceQuota", "PodTemplate":
		return kindFacts{phase: PhaseConfiguration}, true
	case "PersistentVolume":
		return kindFacts{PhaseStorage, true}, true
	case "PersistentVolumeClaim":
		return kindFacts{phase: PhaseStorage}, true
	case "Service", "Endpoints":
		return kindFacts{phase: PhaseServices}, true
	case "Pod", "ReplicationController":
		return kindFacts{phase: PhaseWorkloads}, true
	case "Node", "ComponentStatus":
		return kindFacts{PhaseConfiguration, true}, true
	case "Event", "Binding":
		return kindFacts{phase: PhaseConfiguration}, true
	}
	return kindFacts{}, false
}

func networkingKind(kind string) (kindFacts, bool) {
	switch kind {
	case "NetworkPolicy":
		// Before the pods that it is about: later is too late.
		return kindFacts{phase: PhaseServices}, true
	case "IngressClass":
		return kindFacts{PhaseNetworking, true}, true
	case "IPAddress", "ServiceCIDR":
		return kindFacts{PhaseConfiguration, true}, true
	}
	return kindFacts{phase: PhaseNetworking}, true
}

// wellKnownCustomKind knows the kinds of widespread operators: those whose place is
// not among the custom resources, since workloads wait for what comes of them.
func wellKnownCustomKind(kind groupKind) (kindFacts, bool) {
	switch kind.group {
	case "cert-manager.io":
		return kindFacts{PhaseConfiguration, kind.kind == "ClusterIssuer"}, true
	case "external-secrets.io":
		return kindFacts{PhaseConfiguration, strings.HasPrefix(kind.kind, "Cluster")}, true
	case "secrets-store.csi.x-k8s.io":
		return kindFacts{phase: PhaseConfiguration}, kind.kind == "SecretProviderClass"
	case "k8s.cni.cncf.io":
		return kindFacts{phase: PhaseConfiguration}, kind.kind == "NetworkAttachmentDefinition"
	case "cilium.io":
		return kindFacts{PhaseServices, strings.HasPrefix(kind.kind, "CiliumClusterwide")}, strings.HasSuffix(kind.kind, "NetworkPolicy")
	case "bitnami.com":
		return kindFacts{phase: PhaseConfiguration}, kind.kind == "SealedSecret"
	case "security.openshift.io":
		return kindFacts{PhaseRBAC, true}, kind.kind == "SecurityContextConstraints"
	case "route.openshift.io", "traefik.io", "projectcontour.io":
		return kindFacts{phase: PhaseNetworking}, true
	case "networking.istio.io":
		return kindFacts{phase: PhaseNetworking}, true
	case "monitoring.coreos.com":
		return kindFacts{phase: PhaseCustomResources}, true
	case "apps.openshift.io":
		return kindFacts{phase: PhaseWorkloads}, kind.kind == "DeploymentConfig"
	case "keda.sh":
		return kindFacts{PhaseWorkloads, strings.HasPrefix(kind.kind, "Cluster")}, true
	}
	return kindFacts{}, false
}

// phaseOfKind returns the phase that Make proposes for a kind. Kinds that are not known are
// custom resources.
func phaseOfKind(kind groupKind) string {
	if facts, ok := known(kind); ok {
		return facts.phase
	}
	return PhaseCustomResources
}
