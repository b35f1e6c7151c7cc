package installer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/live"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func isUnknown(err error) bool {
	var unknown *cluster.UnknownKindError
	return errors.As(err, &unknown)
}

// search finds what belongs to a release by its labels, for when no revision says
// it: everything that the cluster has, of every kind. Their phases are not known,
// so they count as of one.
func (i *Installer) search(ctx context.Context, release cluster.Release, warn func(string)) ([]history.Leftover, error) {
	classes := []string{""}
	for class := range i.classes {
		if i.home(class) == class { // each cluster once
			classes = append(classes, class)
		}
	}
	slices.Sort(classes)
	var all []history.Leftover
	for _, class := range classes {
		client, err := i.clusterOf(class)
		if err != nil {
			return nil, err
		}
		kinds, err := client.Kinds(ctx)
		if err != nil {
			return nil, fmt.Errorf("looking for what belongs to release %s: %w", release, err)
		}
		var mutex sync.Mutex
		err = live.ForEach(ctx, len(kinds), i.options.Parallelism, func(ctx context.Context, index int) error {
			objects, err := client.List(ctx, kinds[index].GroupVersionKind, cluster.ListOptions{LabelSelector: release.ObjectSelector()})
			mutex.Lock()
			defer mutex.Unlock()
			switch {
			case apierrors.IsForbidden(err):
				warn(fmt.Sprintf("%s may not be listed, so what is left of them is not found: %v", kinds[index].Kind, err))
			case isUnknown(err), apierrors.IsNotFound(err), apierrors.IsMethodNotSupported(err):
			case err != nil:
				return err
			}
			for _, object := range objects {
				if metav1.GetControllerOf(object) != nil {
					continue // controllers copy labels, as to the EndpointSlices of a Service
				}
				all = append(all, history.Leftover{
					Reference: cluster.ReferenceTo(object), Class: class,
					Orphan: object.GetAnnotations()[cluster.AnnotationDeletionPolicy] == cluster.DeletionPolicyOrphan,
				})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b history.Leftover) int { return a.Reference.Compare(b.Reference) })
	return all, nil
}
