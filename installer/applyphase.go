package installer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/fields"
	"github.com/packstage/packstage/installer/internal/live"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/packagetypes"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// applyPhase applies the objects of a phase in parallel, in waves: first what others
// of the same phase may need. What could not be judged before the first write is
// judged as soon as it can be.
func (o *operation) applyPhase(ctx context.Context, w *wait, instance *packagetypes.Instance, objects []*preflight.Object, options ApplyOptions) error {
	var waves [3][]*preflight.Object
	for _, object := range objects {
		number := waveOf(object.Reference)
		waves[number] = append(waves[number], object)
	}
	for _, wave := range waves {
		if err := o.judgeDeferred(ctx, w, instance, wave, options); err != nil {
			return err
		}
		err := live.ForEach(ctx, len(wave), o.options.Parallelism, func(ctx context.Context, index int) error {
			object := wave[index]
			applied, err := o.applyObject(ctx, w, instance, object, options)
			if err != nil {
				return o.phaseError(ctx, w, object.Reference, err)
			}
			if applied != nil { // a Job that has ended and was cleaned up
				o.watch(ctx, w, object, applied)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// judgeDeferred judges the objects of a wave that could not be judged before.
func (o *operation) judgeDeferred(ctx context.Context, w *wait, instance *packagetypes.Instance, wave []*preflight.Object, options ApplyOptions) error {
	var deferred []*preflight.Object
	for _, object := range wave {
		if object.Action == preflight.ActionDeferred {
			deferred = append(deferred, object)
		}
	}
	if len(deferred) == 0 {
		return nil
	}
	if err := o.judge(ctx, w, instance, deferred, options); err != nil {
		return o.phaseError(ctx, w, cluster.Reference{}, err)
	}
	return nil
}

// waveOf returns the wave of its phase in which an object is applied: namespaces and
// definitions, then what the server wants to be there when others name it, such as
// the role of a binding, then the rest.
func waveOf(reference cluster.Reference) int {
	if isFoundation(reference) {
		return 0
	}
	switch reference.Group + "/" + reference.Kind {
	case "/ServiceAccount", "rbac.authorization.k8s.io/Role", "rbac.authorization.k8s.io/ClusterRole",
		"scheduling.k8s.io/PriorityClass", "node.k8s.io/RuntimeClass":
		return 1
	default:
		return 2
	}
}

// isFoundation tells whether other objects of the same phase may need this one to
// be there first.
func isFoundation(reference cluster.Reference) bool {
	return isNamespace(reference) || isDefinition(reference)
}

func isNamespace(reference cluster.Reference) bool {
	return reference.Group == "" && reference.Kind == "Namespace"
}

func isDefinition(reference cluster.Reference) bool {
	return reference.Group == "apiextensions.k8s.io" && reference.Kind == "CustomResourceDefinition"
}

// phaseError says in which phase a write failed, and of which object where one is
// named; what ended with the context stays as it is.
func (o *operation) phaseError(ctx context.Context, w *wait, reference cluster.Reference, err error) error {
	var paused *PausedError
	if ctx.Err() != nil || errors.As(err, &paused) || o.isLost() {
		return err
	}
	if reference != (cluster.Reference{}) {
		err = fmt.Errorf("%s: %w", reference, err)
	}
	return &PhaseError{Release: o.release, Revision: o.record.Target, Phase: w.phase, After: time.Since(w.began), Cause: err}
}

// attempts is how often an object is judged anew that somebody else changes at the
// same time.
const attempts = 5

// applyObject makes one object what the revision says.
func (o *operation) applyObject(ctx context.Context, w *wait, instance *packagetypes.Instance, object *preflight.Object, options ApplyOptions) (*unstructured.Unstructured, error) {
	if object.Action == preflight.ActionUnchanged {
		o.count(func(r *Result) { r.Unchanged++ })
		return object.Live, nil
	}
	client, err := o.clusterOf(object.Class)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		if attempt > 1 {
			if err := o.judge(ctx, w, instance, []*preflight.Object{object}, options); err != nil {
				return nil, err
			}
		}
		applied, err := o.writeObject(ctx, client, object, options)
		switch {
		case err == nil:
			o.tellApplied(w, object, applied)
			return applied, nil
		case attempt < attempts && object.Live != nil && (fields.IsReplaced(err) || apierrors.IsNotFound(err) || errors.Is(err, errChangedMeanwhile)):
			// somebody has deleted it, made it again, or changed its owners, since it was judged
		default:
			return nil, o.explain(ctx, w, instance, object, options, err)
		}
	}
}

// explain says why the server has refused an object: it is tried once more without
// storing it, which gives the same findings as before the first write.
func (o *operation) explain(ctx context.Context, w *wait, instance *packagetypes.Instance, object *preflight.Object, options ApplyOptions, refusal error) error {
	var status apierrors.APIStatus
	if !errors.As(refusal, &status) || ctx.Err() != nil {
		return refusal
	}
	again := *object
	err := o.judge(ctx, w, instance, []*preflight.Object{&again}, options)
	if found, ok := diagnostic.From(err); ok {
		return found
	}
	if object.Reference.Group == "" && object.Reference.Kind == "Secret" {
		// What the server says of it may quote it.
		return fmt.Errorf("the server refuses it: %s", status.Status().Reason)
	}
	return refusal
}

// writeObject applies an object, bound to the one that was judged.
func (o *operation) writeObject(ctx context.Context, client cluster.Cluster, object *preflight.Object, options ApplyOptions) (*unstructured.Unstructured, error) {
	if err := o.held.Check(); err != nil {
		return nil, err
	}
	adopting := object.Action == preflight.ActionAdopt
	desired := object.Desired
	if object.Live != nil {
		if adopting {
			if err := o.freeFromOperator(ctx, client, object.Live); err != nil {
				return nil, err
			}
		}
		desired = desired.DeepCopy()
		desired.SetUID(object.Live.GetUID())
	}
	return client.Apply(ctx, desired, cluster.ApplyOptions{FieldManager: o.options.FieldManager, Force: options.Force || adopting})
}

// tellApplied counts and tells what was done with an object.
func (o *operation) tellApplied(w *wait, object *preflight.Object, applied *unstructured.Unstructured) {
	done := ActionCreate
	switch {
	case object.Action == preflight.ActionAdopt:
		done = ActionAdopt
		o.count(func(r *Result) { r.Adopted++ })
	case object.Live == nil:
		o.count(func(r *Result) { r.Created++ })
	case object.Live.GetResourceVersion() == applied.GetResourceVersion():
		done = ActionUnchanged
		o.count(func(r *Result) { r.Unchanged++ })
	default:
		done = ActionChange
		o.count(func(r *Result) { r.Changed++ })
	}
	reference := object.Reference
	o.emit(Event{Type: EventObject, Phase: w.phase, Object: &reference, Action: done})
}
