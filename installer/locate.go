package installer

import (
	"cmp"
	"context"
	"errors"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/live"
	"github.com/packstage/packstage/packagetypes"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// located is an object of an instance with the place that it has in a cluster.
type located struct {
	reference cluster.Reference
	object    packagetypes.Object
	phase     int
	name      string // of the phase
	class     string
	home      string // the class that stands for the cluster
}

// locate resolves where the objects of an instance are: objects of namespaced
// kinds that name no namespace are in that of the instance, or of the release where
// it has none. What a cluster does not
// know (yet, or any more) is where the definition of the instance says, and stays as it
// is written where there is none.
func (i *Installer) locate(ctx context.Context, release cluster.Release, instance *packagetypes.Instance) ([]located, error) {
	var all []located
	scopes := definedScopes(instance)
	type question struct {
		class string
		kind  schema.GroupVersionKind
	}
	answers := map[question]habitat{} // a kind that is not served would be asked for anew for each object
	for number := range instance.Phases {
		phase := &instance.Phases[number]
		client, err := i.clusterOf(phase.Class)
		if err != nil {
			return nil, err
		}
		for _, object := range phase.Objects {
			asked := question{phase.Class, object.GroupVersionKind()}
			answer, ok := answers[asked]
			if !ok {
				if answer, err = habitatOf(ctx, client, asked.kind, scopes); err != nil {
					return nil, err
				}
				answers[asked] = answer
			}
			reference := cluster.NewReference(asked.kind, object.Namespace(), object.Name())
			switch {
			case answer == habitatCluster:
				reference.Namespace = ""
			case answer == habitatNamespace && reference.Namespace == "":
				reference.Namespace = cmp.Or(instance.Namespace, release.Namespace)
			}
			all = append(all, located{reference, object, number, phase.Name, phase.Class, i.home(phase.Class)})
		}
	}
	return all, nil
}

// habitat is where the objects of a kind live.
type habitat int

const (
	habitatUnknown habitat = iota
	habitatNamespace
	habitatCluster
)

// habitatOf asks a cluster where the objects of a kind live; what it does not know is
// where the definitions say.
func habitatOf(ctx context.Context, client cluster.Cluster, wanted schema.GroupVersionKind, scopes map[schema.GroupKind]bool) (habitat, error) {
	kind, err := client.Kind(ctx, wanted)
	namespaced := kind.Namespaced
	var unknown *cluster.UnknownKindError
	if errors.As(err, &unknown) {
		var defined bool
		if namespaced, defined = scopes[wanted.GroupKind()]; !defined {
			return habitatUnknown, nil
		}
	} else if err != nil {
		return habitatUnknown, err
	}
	if namespaced {
		return habitatNamespace, nil
	}
	return habitatCluster, nil
}

// definedScopes returns the kinds that an instance defines, and whether their objects
// are in namespaces.
func definedScopes(instance *packagetypes.Instance) map[schema.GroupKind]bool {
	scopes := map[schema.GroupKind]bool{}
	for _, phase := range instance.Phases {
		for _, object := range phase.Objects {
			if !isDefinition(cluster.NewReference(object.GroupVersionKind(), "", object.Name())) {
				continue
			}
			scope, _, _ := unstructured.NestedString(object.Content(), "spec", "scope")
			scopes[definedKind(object.Content())] = scope == "Namespaced"
		}
	}
	return scopes
}

// definedKind returns the kind that a definition defines.
func definedKind(definition map[string]any) schema.GroupKind {
	group, _, _ := unstructured.NestedString(definition, "spec", "group")
	kind, _, _ := unstructured.NestedString(definition, "spec", "names", "kind")
	return schema.GroupKind{Group: group, Kind: kind}
}

// leftover returns what has to be known to remove the object later.
func (l located) leftover() history.Leftover {
	metadata, _ := l.object.Content()["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	policy, _ := annotations[cluster.AnnotationDeletionPolicy].(string)
	return history.Leftover{
		Reference: l.reference, Phase: l.name, PhaseIndex: l.phase, Class: l.class,
		Orphan: policy == cluster.DeletionPolicyOrphan,
	}
}

// place is an object in one of the clusters.
type place struct {
	home      string
	reference cluster.Reference
}

// place returns where the object is; versions of a kind do not matter.
func (l located) place() place { return place{l.home, l.reference.WithoutVersion()} }

func (i *Installer) placeOf(leftover history.Leftover) place {
	return i.placeIn(leftover.Class, leftover.Reference)
}

func (i *Installer) placeIn(class string, reference cluster.Reference) place {
	return place{i.home(class), reference.WithoutVersion()}
}

// read returns the live objects at several places; what does not exist is absent.
// The references of a place carry their versions.
func (i *Installer) read(ctx context.Context, release cluster.Release, exact bool, wanted map[string][]cluster.Reference) (map[place]*unstructured.Unstructured, error) {
	found := map[place]*unstructured.Unstructured{}
	for class, references := range wanted {
		client, err := i.clusterOf(class)
		if err != nil {
			return nil, err
		}
		objects, err := live.Read(ctx, live.Request{Cluster: client, Release: release, Parallelism: i.options.Parallelism, Exact: exact}, references)
		if err != nil {
			return nil, err
		}
		for reference, object := range objects {
			found[i.placeIn(class, reference)] = object
		}
	}
	return found, nil
}

// readLocated reads the live objects of an instance.
func (i *Installer) readLocated(ctx context.Context, release cluster.Release, exact bool, objects []located) (map[place]*unstructured.Unstructured, error) {
	wanted := map[string][]cluster.Reference{}
	for _, object := range objects {
		wanted[object.class] = append(wanted[object.class], object.reference)
	}
	return i.read(ctx, release, exact, wanted)
}
