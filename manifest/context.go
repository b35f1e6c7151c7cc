package manifest

// TemplateContext is what a package is rendered with, as test cases write it.
type TemplateContext struct {
	Package     PackageContext `json:"package,omitzero"`
	Config      map[string]any `json:"config,omitempty"`
	Environment Environment    `json:"environment,omitzero"`
}

// PackageContext describes the instance that is rendered.
type PackageContext struct {
	Metadata InstanceMetadata `json:"metadata,omitzero"`
	// Image is the reference that the package was loaded from.
	Image string `json:"image,omitempty"`
}

// InstanceMetadata is the metadata of the instance.
type InstanceMetadata struct {
	Name string `json:"name,omitempty"`
	// Namespace is empty for an instance in cluster scope.
	Namespace   string            `json:"namespace,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Environment describes the cluster that the instance is for.
type Environment struct {
	Kubernetes KubernetesEnvironment  `json:"kubernetes"`
	OpenShift  *OpenShiftEnvironment  `json:"openShift,omitempty"`
	Proxy      *ProxyEnvironment      `json:"proxy,omitempty"`
	HyperShift *HyperShiftEnvironment `json:"hyperShift,omitempty"`
}

// KubernetesEnvironment is what is known of Kubernetes.
type KubernetesEnvironment struct {
	Version string `json:"version"`
}

// OpenShiftEnvironment is what is known of OpenShift.
type OpenShiftEnvironment struct {
	Version string            `json:"version"`
	Managed *ManagedOpenShift `json:"managed,omitempty"`
}

// ManagedOpenShift is set on managed OpenShift clusters.
type ManagedOpenShift struct {
	Data map[string]string `json:"data"`
}

// ProxyEnvironment is the cluster's proxy configuration.
type ProxyEnvironment struct {
	HTTPProxy  string `json:"httpProxy,omitempty"`
	HTTPSProxy string `json:"httpsProxy,omitempty"`
	NoProxy    string `json:"noProxy,omitempty"`
}

// HyperShiftEnvironment is set where the instance is for a hosted cluster.
type HyperShiftEnvironment struct {
	HostedCluster *HostedCluster `json:"hostedCluster,omitempty"`
}

// HostedCluster describes a HyperShift hosted cluster.
type HostedCluster struct {
	Metadata               HostedClusterMetadata `json:"metadata"`
	HostedClusterNamespace string                `json:"hostedClusterNamespace"`
	NodeSelector           map[string]string     `json:"nodeSelector,omitempty"`
}

// HostedClusterMetadata is the metadata of a hosted cluster. Templates see
// labels and annotations as null where there are none.
type HostedClusterMetadata struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// ContextFile is the file that `packstage render --context` reads: which
// component to render, in which scope, and with what.
type ContextFile struct {
	Component string `json:"component,omitempty"`
	Scope     Scope  `json:"scope,omitempty"`
	TemplateContext
}
