package scaffold

import "github.com/packstage/packstage/packagetypes"

// Options say what Make makes of an input. The zero value lets it choose.
type Options struct {
	// Name of the package; empty is what the input proposes.
	Name string
	// Scope is where instances may live.
	Scope ScopeChoice
	// Parameters are what becomes configuration, beside the properties of the input.
	Parameters []Parameter
	// Images says which images go into spec.images.
	Images ImageChoice
	// Limits bound the package that is made; zero fields are defaults.
	Limits packagetypes.Limits
}

// ScopeChoice is what scopes a package gets.
type ScopeChoice string

// Choices of scopes.
const (
	// ScopeAuto is what the input asks for, else ScopeNamespaced where all objects are in
	// one namespace or in none that is named, else ScopeCluster.
	ScopeAuto ScopeChoice = ""
	// ScopeNamespaced puts all objects into the namespace of the instance. A Namespace
	// object for that is left out; other objects without namespace are findings.
	ScopeNamespaced ScopeChoice = "namespaced"
	// ScopeCluster keeps the namespaces of the source.
	ScopeCluster ScopeChoice = "cluster"
	// ScopeBoth allows both: in cluster scope the namespace is a property of the
	// configuration. It is for inputs that could be ScopeNamespaced.
	ScopeBoth ScopeChoice = "both"
)

// ImageChoice is which images a package lists in spec.images, for templates that read
// them pinned by the lock.
type ImageChoice string

// Choices of images.
const (
	// ImagesPinned takes those that have a digest already: their lock needs no registry.
	// All others stay in the objects as they are. It is the default.
	ImagesPinned ImageChoice = ""
	// ImagesAll takes all. Result.Unlocked lists those that still need a lock, without
	// which the package does not load.
	ImagesAll ImageChoice = "all"
	// ImagesNone leaves all images in the objects.
	ImagesNone ImageChoice = "none"
)

// Parameter is something in objects that becomes a property of the configuration.
type Parameter string

// Parameters.
const (
	// ParameterReplicas is the number of pods of Deployments, StatefulSets and
	// ReplicaSets.
	ParameterReplicas Parameter = "replicas"
	// ParameterImage is the image of each container of workloads; it is not in
	// spec.images then.
	ParameterImage Parameter = "image"
	// ParameterNamespace is the namespace of a package in cluster scope.
	ParameterNamespace Parameter = "namespace"
	// ParameterResources are requests and limits of the containers that have some.
	ParameterResources Parameter = "resources"
	// ParameterStorage is the size of persistent volume claims.
	ParameterStorage Parameter = "storage"
	// ParameterHost are the host names of Ingresses and routes.
	ParameterHost Parameter = "host"
)

// Parameters returns all parameters, in the order in which help lists them.
func Parameters() []Parameter {
	return []Parameter{
		ParameterReplicas, ParameterImage, ParameterNamespace, ParameterResources, ParameterStorage, ParameterHost,
	}
}
