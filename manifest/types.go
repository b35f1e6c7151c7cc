package manifest

// APIVersion is the only apiVersion of the format.
const APIVersion = "manifests.package-operator.run/v1alpha1"

// Kinds of the format's documents.
const (
	PackageManifestKind     = "PackageManifest"
	PackageManifestLockKind = "PackageManifestLock"
)

// TypeMeta names the version and kind of a document.
type TypeMeta struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

// Metadata is the part of Kubernetes' object metadata that the format uses.
type Metadata struct {
	Name        string            `json:"name,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// PackageManifest is the content of manifest.yaml: what a package is, where it
// may be installed, in which phases, and how it is configured.
type PackageManifest struct {
	TypeMeta
	Metadata Metadata            `json:"metadata"`
	Spec     PackageManifestSpec `json:"spec"`
	Test     PackageManifestTest `json:"test,omitzero"`
}

// PackageManifestSpec is the specification of a package.
type PackageManifestSpec struct {
	// Scopes in which the package may be installed; at least one.
	Scopes []Scope `json:"scopes"`
	// Phases in the order of installation; names are unique.
	Phases []Phase `json:"phases"`
	// AvailabilityProbes tell when objects count as available.
	AvailabilityProbes []AvailabilityProbe `json:"availabilityProbes,omitempty"`
	// Config holds the schema of the configuration.
	Config Config `json:"config,omitzero"`
	// Images that the templates use; each has an entry in the lock.
	Images []Image `json:"images,omitempty"`
	// Components is not nil where the folders in "components" are packages of
	// their own.
	Components *Components `json:"components,omitempty"`
	// Filter drops objects by condition.
	Filter Filter `json:"filter,omitzero"`
	// Constraints tell where the package may be installed. Rendering does not
	// judge them; whoever installs does.
	Constraints []Constraint `json:"constraints,omitempty"`
	// Repositories in which dependencies are looked up.
	Repositories []RepositoryReference `json:"repositories,omitempty"`
	// Dependencies on other packages; each has an entry in the lock.
	Dependencies []Dependency `json:"dependencies,omitempty"`
}

// Scope is where an instance of a package lives.
type Scope string

const (
	// ScopeCluster means that the instance belongs to the whole cluster.
	ScopeCluster Scope = "Cluster"
	// ScopeNamespaced means that the instance belongs to one namespace.
	ScopeNamespaced Scope = "Namespaced"
)

// Phase is one step of the installation.
type Phase struct {
	Name string `json:"name"`
	// Class names the controller that handles the phase; empty is the installer
	// itself.
	Class string `json:"class,omitempty"`
}

// AvailabilityProbe tells when the objects that it selects are available.
type AvailabilityProbe struct {
	Probes   []Probe       `json:"probes"`
	Selector ProbeSelector `json:"selector"`
}

// Probe is one check; exactly one field is set.
type Probe struct {
	Condition   *ProbeCondition   `json:"condition,omitempty"`
	FieldsEqual *ProbeFieldsEqual `json:"fieldsEqual,omitempty"`
	FieldValue  *ProbeFieldValue  `json:"fieldValue,omitempty"`
	CEL         *ProbeCEL         `json:"cel,omitempty"`
}

// ProbeCondition asks for a condition in status.conditions.
type ProbeCondition struct {
	Type   string `json:"type"`
	Status string `json:"status"`
}

// ProbeFieldsEqual asks for two fields to be equal.
type ProbeFieldsEqual struct {
	FieldA string `json:"fieldA"`
	FieldB string `json:"fieldB"`
}

// ProbeFieldValue asks for a field to have a value.
type ProbeFieldValue struct {
	FieldPath string `json:"fieldPath"`
	Value     string `json:"value"`
}

// ProbeCEL asks for a CEL rule over "self" to hold.
type ProbeCEL struct {
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// ProbeSelector selects objects by kind and by label.
type ProbeSelector struct {
	Kind *ProbeSelectorKind `json:"kind,omitempty"`
	// Selector is a label selector; nil selects every object of the kind.
	Selector *LabelSelector `json:"selector,omitempty"`
}

// ProbeSelectorKind selects objects by group and kind.
type ProbeSelectorKind struct {
	Group string `json:"group"`
	Kind  string `json:"kind"`
}

// LabelSelector is Kubernetes' label selector.
type LabelSelector struct {
	MatchLabels      map[string]string          `json:"matchLabels,omitempty"`
	MatchExpressions []LabelSelectorRequirement `json:"matchExpressions,omitempty"`
}

// LabelSelectorRequirement is one expression of a label selector.
type LabelSelectorRequirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values,omitempty"`
}

// Config holds the schema of the configuration.
type Config struct {
	// OpenAPIV3Schema is a structural schema as Kubernetes reads it in custom
	// resource definitions, kept as plain values (numbers are int64 or float64).
	// Nil means that the package takes no configuration.
	OpenAPIV3Schema map[string]any `json:"openAPIV3Schema,omitempty"`
}

// Image is a container image that the templates refer to by name.
type Image struct {
	Name  string `json:"name"`
	Image string `json:"image"`
}

// Components marks a package whose "components" folder holds packages.
type Components struct{}

// Filter drops objects by condition.
type Filter struct {
	// Conditions are named CEL expressions, usable as cond.<name>; each may use
	// those before it.
	Conditions []NamedCondition `json:"conditions,omitempty"`
	// Paths drop the objects of whole files.
	Paths []PathCondition `json:"paths,omitempty"`
}

// NamedCondition is a named CEL expression.
type NamedCondition struct {
	Name       string `json:"name"`
	Expression string `json:"expression"`
}

// PathCondition keeps the files that match Glob only where Expression is true.
type PathCondition struct {
	Glob       string `json:"glob"`
	Expression string `json:"expression"`
}

// Constraint is one requirement on the cluster; its fields may be combined.
type Constraint struct {
	// Platform lists the platforms that the package supports.
	Platform []Platform `json:"platform,omitempty"`
	// PlatformVersion limits the version of one platform.
	PlatformVersion *PlatformVersion `json:"platformVersion,omitempty"`
	// UniqueInScope allows only one instance in the scope.
	UniqueInScope *UniqueInScope `json:"uniqueInScope,omitempty"`
}

// Platform names a kind of cluster.
type Platform string

const (
	// PlatformKubernetes is any Kubernetes.
	PlatformKubernetes Platform = "Kubernetes"
	// PlatformOpenShift is OpenShift.
	PlatformOpenShift Platform = "OpenShift"
)

// PlatformVersion limits the version of one platform.
type PlatformVersion struct {
	Name Platform `json:"name"`
	// Range is a semantic version range such as ">=1.28 <1.34".
	Range string `json:"range"`
}

// UniqueInScope allows only one instance of the package in its scope.
type UniqueInScope struct{}

// RepositoryReference names an index of packages: exactly one field is set.
type RepositoryReference struct {
	// File is a path relative to the manifest, at authoring time.
	File string `json:"file,omitempty"`
	// Image is a reference in a registry.
	Image string `json:"image,omitempty"`
}

// Dependency is a requirement on another package.
type Dependency struct {
	Image *DependencyImage `json:"image,omitempty"`
}

// DependencyImage is a dependency that is resolved to a package image.
type DependencyImage struct {
	// Name by which templates refer to the image.
	Name string `json:"name"`
	// Package is "<package>.<repository>".
	Package string `json:"package"`
	// Range is a semantic version range.
	Range string `json:"range"`
}

// PackageManifestTest holds the package's own tests.
type PackageManifestTest struct {
	Template    []TemplateTest `json:"template,omitempty"`
	Kubeconform *Kubeconform   `json:"kubeconform,omitempty"`
}

// TemplateTest renders the package once and compares the result with the files
// in .test-fixtures/<name>.
type TemplateTest struct {
	Name    string          `json:"name"`
	Context TemplateContext `json:"context,omitzero"`
}

// Kubeconform asks for the objects to be checked against Kubernetes' schemas.
type Kubeconform struct {
	KubernetesVersion string   `json:"kubernetesVersion"`
	SchemaLocations   []string `json:"schemaLocations,omitempty"`
}

// PackageManifestLock is the content of manifest.lock.yaml: what the names in
// the manifest were resolved to.
type PackageManifestLock struct {
	TypeMeta
	Metadata Metadata                `json:"metadata,omitzero"`
	Spec     PackageManifestLockSpec `json:"spec"`
}

// PackageManifestLockSpec holds the resolved images and dependencies.
type PackageManifestLockSpec struct {
	Images       []LockedImage      `json:"images,omitempty"`
	Dependencies []LockedDependency `json:"dependencies,omitempty"`
}

// LockedImage is a resolved image.
type LockedImage struct {
	Name string `json:"name"`
	// Image is the reference that the manifest names.
	Image string `json:"image"`
	// Digest is "sha256:<64 hex>" or "sha512:<128 hex>".
	Digest string `json:"digest"`
}

// LockedDependency is a resolved dependency.
type LockedDependency struct {
	Name    string `json:"name"`
	Image   string `json:"image"`
	Digest  string `json:"digest"`
	Version string `json:"version"`
}
