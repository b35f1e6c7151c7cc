package installer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/packstage/packstage/installer/cluster"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// operatorGroup is the API group of Package Operator, whose objects own what it
// has installed.
const operatorGroup = "package-operator.run"

// errChangedMeanwhile tells that an object is not any more what was judged.
var errChangedMeanwhile = errors.New("it changes at the same time")

// freeFromOperator removes the references by which Package Operator owns an
// object, so that the object is not collected when Package Operator's go.
func (o *operation) freeFromOperator(ctx context.Context, client cluster.Cluster, object *unstructured.Unstructured) error {
	owned := func(owner metav1.OwnerReference) bool {
		group, err := schema.ParseGroupVersion(owner.APIVersion)
		return err == nil && group.Group == operatorGroup
	}
	owners := object.GetOwnerReferences()
	if !slices.ContainsFunc(owners, owned) {
		return nil
	}
	freed := object.DeepCopy()
	freed.SetOwnerReferences(slices.DeleteFunc(owners, owned))
	// With the version that was judged: what has changed since is judged again.
	_, err := client.Update(ctx, freed, cluster.WriteOptions{FieldManager: o.options.FieldManager})
	if apierrors.IsConflict(err) {
		return fmt.Errorf("%w: %w", errChangedMeanwhile, err)
	}
	return err
}
