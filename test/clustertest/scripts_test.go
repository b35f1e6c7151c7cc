package clustertest_test

import (
	"context"
	"errors"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

type script = func(namespace string) []step

func scripts() map[string]script {
	return map[string]script{
		"apply": applying, "ownership": ownership, "dry runs": dryRuns, "updates": updating, "removal": removing,
		"secrets": secrets, "immutable fields": immutable, "refusals": refusing, "custom resources": customResources,
		"deployments": deployments, "namespaces": namespaces, "owners": owners, "lists": listing,
	}
}

// change is made to an object that is sent.
type change func(object *unstructured.Unstructured, s subject)

func apply(name, manager, text, namespace string, changes ...change) step {
	return applyWith(name, cluster.ApplyOptions{FieldManager: manager}, text, namespace, changes...)
}

func applyWith(name string, options cluster.ApplyOptions, text, namespace string, changes ...change) step {
	return step{name, func(ctx context.Context, s subject) (*unstructured.Unstructured, error) {
		object := parse(text, namespace)
		for _, one := range changes {
			one(object, s)
		}
		applied, err := s.Apply(ctx, object, options)
		if err == nil && !options.DryRun {
			s.uids[applied.GetName()] = applied.GetUID()
		}
		return applied, err
	}}
}

func get(name, text, namespace string) step {
	return step{name, func(ctx context.Context, s subject) (*unstructured.Unstructured, error) {
		return s.Get(ctx, cluster.ReferenceTo(parse(text, namespace)))
	}}
}

// listed is the names of a list's objects.
func listed(name, text string, options cluster.ListOptions) step {
	return step{name, func(ctx context.Context, s subject) (*unstructured.Unstructured, error) {
		found, err := s.List(ctx, parse(text, "").GroupVersionKind(), options)
		if err != nil {
			return nil, err
		}
		names := []any{}
		for _, one := range found {
			names = append(names, one.GetAPIVersion()+" "+one.GetKind()+" "+one.GetName())
		}
		return &unstructured.Unstructured{Object: map[string]any{"names": names}}, nil
	}}
}

// update reads, changes and writes.
func update(name, manager, text, namespace string, edit func(object *unstructured.Unstructured)) step {
	return step{name, func(ctx context.Context, s subject) (*unstructured.Unstructured, error) {
		for {
			object, err := s.Get(ctx, cluster.ReferenceTo(parse(text, namespace)))
			if err != nil {
				return nil, err
			}
			edit(object)
			updated, err := s.Update(ctx, object, cluster.WriteOptions{FieldManager: manager})
			if apierrors.IsConflict(err) && strings.Contains(err.Error(), "the object has been modified") && object.GetLabels()["stale"] == "" {
				continue // a controller was quicker
			}
			return updated, err
		}
	}}
}

func create(name, text, namespace string, changes ...change) step {
	return step{name, func(ctx context.Context, s subject) (*unstructured.Unstructured, error) {
		object := parse(text, namespace)
		for _, one := range changes {
			one(object, s)
		}
		created, err := s.Create(ctx, object, cluster.WriteOptions{FieldManager: "creator"})
		if err == nil {
			s.uids[created.GetName()] = created.GetUID()
		}
		return created, err
	}}
}

func remove(name, text, namespace string, options cluster.DeleteOptions) step {
	return step{name, func(ctx context.Context, s subject) (*unstructured.Unstructured, error) {
		return nil, s.Delete(ctx, cluster.ReferenceTo(parse(text, namespace)), options)
	}}
}

// until waits for an answer and compares it.
func until(name, text, namespace string, done func(object *unstructured.Unstructured, err error) bool) step {
	return step{name, func(ctx context.Context, s subject) (*unstructured.Unstructured, error) {
		for {
			object, err := s.Get(ctx, cluster.ReferenceTo(parse(text, namespace)))
			if done(object, err) {
				return object, err
			}
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(50 * time.Millisecond):
				s.Forget()
			}
		}
	}}
}

func gone(_ *unstructured.Unstructured, err error) bool { return err != nil }

func withUID(of string) change {
	return func(object *unstructured.Unstructured, s subject) { object.SetUID(s.uids[of]) }
}

func withName(name string) change {
	return func(object *unstructured.Unstructured, _ subject) { object.SetName(name) }
}

func withData(values map[string]any) change {
	return func(object *unstructured.Unstructured, _ subject) { object.Object["data"] = values }
}

func ownedBy(name string) change {
	return func(object *unstructured.Unstructured, s subject) {
		object.Object["metadata"].(map[string]any)["ownerReferences"] = []any{map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": string(s.uids[name]), "blockOwnerDeletion": true,
		}}
	}
}

func dataOf(object *unstructured.Unstructured) map[string]any {
	data, _ := object.Object["data"].(map[string]any)
	return data
}

// causes keeps of a refusal which fields it names: the values in it are those that the
// server has set defaults in.
func causes(of step) step {
	return step{of.name, func(ctx context.Context, s subject) (*unstructured.Unstructured, error) {
		object, err := of.run(ctx, s)
		status := apierrors.APIStatus(nil)
		if !errors.As(err, &status) {
			return object, err
		}
		kept := &unstructured.Unstructured{Object: map[string]any{"code": int64(status.Status().Code)}}
		if details := status.Status().Details; details != nil {
			for _, cause := range details.Causes {
				kept.Object[cause.Field] = string(cause.Type)
			}
		}
		return kept, nil
	}}
}
