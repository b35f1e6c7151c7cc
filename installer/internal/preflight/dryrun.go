package preflight

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/fields"
	"github.com/packstage/packstage/installer/internal/live"
)

// tryAll has the servers try every object that is new or may change, and judges what
// they refuse. What is refused is judged after all were tried, since that depends
// on what happens to other objects.
func (c *check) tryAll(ctx context.Context) error {
	still := c.each()
	refusals := make([]error, len(still))
	c.progress(len(still))
	err := live.ForEach(ctx, len(still), c.Parallelism, func(ctx context.Context, i int) error {
		refusal, err := c.try(ctx, still[i])
		if err != nil {
			return err
		}
		refusals[i] = refusal
		c.progress(len(still))
		return nil
	})
	if err != nil {
		return err
	}
	for i, refusal := range refusals {
		if refusal == nil {
			continue
		}
		if err := c.judgeRefusal(still[i], refusal); err != nil {
			return err
		}
	}
	return nil
}

// progress tells how many objects were tried; the first call tells of none.
func (c *check) progress(total int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.OnProgress != nil {
		c.OnProgress(c.tried, total)
	}
	c.tried++
}

// try has the server try one object, and returns why it refuses. Where nothing was
// known of an object of that name, the answer tells whether there is one: what the
// server would make anew has no resourceVersion.
func (c *check) try(ctx context.Context, o *object) (refusal, err error) {
	result, refusal := c.apply(ctx, o)
	if refusal != nil && !isAnswer(refusal) {
		return nil, fmt.Errorf("trying %s: %w", o, refusal)
	}
	if o.Live == nil && (refusal != nil || result.GetResourceVersion() != "") {
		if err := c.discover(ctx, o); err != nil {
			return nil, err
		}
		if o.out {
			return nil, nil // whom it belongs to is all that matters
		}
		if o.Action == ActionAdopt && len(fields.Conflicts(refusal)) > 0 {
			result, refusal = c.apply(ctx, o)
		}
	}
	if refusal != nil {
		return refusal, nil
	}
	if !c.WithoutResults {
		o.Result = result
	}
	switch {
	case o.Live == nil:
		o.Action = ActionCreate
	case o.Action == ActionUpdate && Same(o.Live, result):
		o.Action = ActionUnchanged
	}
	return nil, nil
}

func (c *check) apply(ctx context.Context, o *object) (*unstructured.Unstructured, error) {
	return o.target.cluster.Apply(ctx, o.Desired.DeepCopy(), cluster.ApplyOptions{
		FieldManager: c.FieldManager, Force: c.Force || o.Action == ActionAdopt, DryRun: true,
	})
}

// discover reads an object that may be there, and judges whom it belongs to.
func (c *check) discover(ctx context.Context, o *object) error {
	found, err := o.target.cluster.Get(ctx, o.Reference)
	switch {
	case apierrors.IsNotFound(err) || apierrors.IsForbidden(err):
		return nil
	case err != nil:
		return fmt.Errorf("reading %s: %w", o, err)
	}
	o.Live = found
	c.judgeOwner(o)
	return nil
}

// isAnswer tells whether an error is the judgement of a server about an object, not
// trouble on the way to it.
func isAnswer(err error) bool {
	var unknown *cluster.UnknownKindError
	if errors.As(err, &unknown) {
		return true
	}
	var status apierrors.APIStatus
	return errors.As(err, &status) && !apierrors.IsUnauthorized(err) && !apierrors.IsTooManyRequests(err) &&
		!apierrors.IsServiceUnavailable(err) && !apierrors.IsServerTimeout(err) && !apierrors.IsTimeout(err)
}

// Same tells whether an object, and what a dry run has made of it, differ in nothing
// but what changes with every write.
func Same(object, result *unstructured.Unstructured) bool {
	return equality.Semantic.DeepEqual(withoutVersion(object), withoutVersion(result))
}

// withoutVersion returns what an object is without what changes with every write.
func withoutVersion(object *unstructured.Unstructured) map[string]any {
	content := object.DeepCopy().Object
	unstructured.RemoveNestedField(content, "metadata", "resourceVersion")
	entries, _, _ := unstructured.NestedFieldNoCopy(content, "metadata", "managedFields")
	list, _ := entries.([]any)
	for _, entry := range list {
		if entry, ok := entry.(map[string]any); ok {
			delete(entry, "time")
		}
	}
	return content
}
