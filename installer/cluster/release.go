package cluster

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

const (
	// ReservedPrefix is that of the labels and annotations that belong to the
	// installer. Packages may use [AnnotationDeletionPolicy] of it, and nothing else.
	ReservedPrefix = "packstage.dev/"
	// LabelRelease is on every object that the installer writes: the name of the release
	// that owns it.
	LabelRelease = ReservedPrefix + "release"
	// LabelReleaseNamespace is beside LabelRelease: the namespace of that release.
	LabelReleaseNamespace = ReservedPrefix + "release-namespace"
	// LabelReleaseState is on the Secrets that hold the state of a release, beside
	// the two, and tells them from its objects.
	LabelReleaseState = ReservedPrefix + "release-state"
	// AnnotationDeletionPolicy is what a package sets on an object to say what happens
	// to it when its release no longer wants it.
	AnnotationDeletionPolicy = ReservedPrefix + "deletion-policy"
	// DeletionPolicyOrphan leaves the object where it is, as nobody's.
	DeletionPolicyOrphan = "orphan"
)

// Release identifies a release: a package installed in a cluster under a name.
// Its state lives in Namespace, for a package of the whole cluster, too.
type Release struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// String returns "namespace/name".
func (r Release) String() string { return r.Namespace + "/" + r.Name }

// Owner returns the release that an object of a cluster belongs to, by its
// labels; the zero value where it belongs to none.
func Owner(object *unstructured.Unstructured) Release {
	labels := object.GetLabels()
	return Release{Namespace: labels[LabelReleaseNamespace], Name: labels[LabelRelease]}
}

// ObjectSelector returns the label selector of the objects that belong to the
// release, without those of its own state.
func (r Release) ObjectSelector() string { return r.Selector() + ",!" + LabelReleaseState }

// Selector returns the label selector of everything that belongs to the release.
func (r Release) Selector() string {
	return LabelRelease + "=" + r.Name + "," + LabelReleaseNamespace + "=" + r.Namespace
}
