package installer

import (
	"context"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/fields"
	"github.com/packstage/packstage/installer/internal/live"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/packagetypes"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Drift returns where the cluster differs from the newest revision of a release,
// and who owns the fields that differ. Objects that differ are applied in a dry run,
// so that defaults and spellings of the server are no difference. Fields that the
// revision does not name are nobody's business here.
//
// Errors: [*history.NotFoundError], [*history.DamagedError], those of the cluster.
func (i *Installer) Drift(ctx context.Context, release cluster.Release) (*Drift, error) {
	content, revision, err := i.Content(ctx, release, 0)
	if err != nil {
		return nil, err
	}
	objects, err := i.locate(ctx, release, content.Instance)
	if err != nil {
		return nil, err
	}
	found, err := i.readLocated(ctx, release, true, objects)
	if err != nil {
		return nil, err
	}
	differing := make([]*DriftObject, len(objects))
	err = live.ForEach(ctx, len(objects), i.options.Parallelism, func(ctx context.Context, index int) error {
		object := objects[index]
		one, err := i.driftOf(ctx, release, content.Instance, object, found[object.place()])
		differing[index] = one
		return err
	})
	if err != nil {
		return nil, err
	}
	drift := &Drift{Release: release, Revision: revision.Number, Checked: len(objects)}
	for _, one := range differing {
		if one != nil {
			drift.Objects = append(drift.Objects, *one)
		}
	}
	return drift, nil
}

// driftOf returns where an object differs, or nil.
func (i *Installer) driftOf(ctx context.Context, release cluster.Release, instance *packagetypes.Instance, object located, found *unstructured.Unstructured) (*DriftObject, error) {
	one := &DriftObject{Object: object.reference, Phase: object.name}
	switch {
	case found == nil && cleansUp(object.object):
		return nil, nil
	case found == nil:
		one.Missing = true
		return one, nil
	case cluster.Owner(found) != release:
		one.Foreign = true
		return one, nil
	case holds(release, found, object.object):
		return nil, nil
	}
	client, err := i.clusterOf(object.class)
	if err != nil {
		return nil, err
	}
	kind, err := client.Kind(ctx, object.reference.GroupVersionKind())
	if err != nil {
		return nil, err
	}
	desired, err := preflight.Desired(object.object, release, kind, instance)
	if err != nil {
		return nil, err
	}
	desired.SetUID(found.GetUID())
	result, err := client.Apply(ctx, desired, cluster.ApplyOptions{FieldManager: i.options.FieldManager, Force: true, DryRun: true})
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		one.Unknown = "the server cannot say what would change: " + err.Error()
		return one, nil
	}
	if one.Changes = fields.Difference(found, result, fields.Options{IgnoreStatus: true, Mask: hiding(instance)}); len(one.Changes) == 0 {
		return nil, nil
	}
	return one, nil
}
