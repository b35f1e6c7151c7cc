package retrying

import (
	"context"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
)

// client is a Cluster around another one.
type client struct {
	cluster cluster.Cluster
	options Options
	// answered tells that the server has answered at least once.
	answered atomic.Bool
}

// New returns a Cluster that makes the calls of another one and repeats them while
// they fail for a reason that passes: 429, 500, 502, 503, 504, timeouts, connections
// that are refused or break, and 401 once, for a token that has expired. What the
// server asks to wait is waited; otherwise the waiting grows from 0.1 to 5 seconds.
// A webhook that does not answer is tried 8 times, a server that has never answered
// for 10 seconds. A 403 passes where a server that has just started says that it is not
// ready to judge the request.
//
// Everything else is the caller's at once, other 403, 404, 409 and 422 among it. An error
// after repetitions says how often and how long was tried; predicates of
// k8s.io/apimachinery/pkg/api/errors and errors.As see through it. It is safe for
// concurrent use if the other one is.
func New(c cluster.Cluster, options Options) cluster.Cluster {
	return &client{cluster: c, options: options.withDefaults()}
}

func (c *client) Get(ctx context.Context, reference cluster.Reference) (object *unstructured.Unstructured, err error) {
	call := Call{Verb: "get", Kind: reference.GroupVersionKind(), Reference: reference}
	err = c.call(ctx, call, func(ctx context.Context) (err error) {
		object, err = c.cluster.Get(ctx, reference)
		return err
	}, nil)
	return object, err
}

func (c *client) List(ctx context.Context, kind schema.GroupVersionKind, options cluster.ListOptions) (objects []*unstructured.Unstructured, err error) {
	err = c.call(ctx, Call{Verb: "list", Kind: kind}, func(ctx context.Context) (err error) {
		objects, err = c.cluster.List(ctx, kind, options)
		return err
	}, nil)
	return objects, err
}

// Kind is not told of: it is answered from memory mostly, and would look like calls.
func (c *client) Kind(ctx context.Context, kind schema.GroupVersionKind) (found cluster.Kind, err error) {
	err = c.call(ctx, Call{}, func(ctx context.Context) (err error) {
		found, err = c.cluster.Kind(ctx, kind)
		return err
	}, nil)
	return found, err
}

func (c *client) Kinds(ctx context.Context) (kinds []cluster.Kind, err error) {
	err = c.call(ctx, Call{Verb: "discover"}, func(ctx context.Context) (err error) {
		kinds, err = c.cluster.Kinds(ctx)
		return err
	}, nil)
	return kinds, err
}

func (c *client) ServerVersion(ctx context.Context) (version string, err error) {
	err = c.call(ctx, Call{Verb: "discover"}, func(ctx context.Context) (err error) {
		version, err = c.cluster.ServerVersion(ctx)
		return err
	}, nil)
	return version, err
}

func (c *client) Forget() { c.cluster.Forget() }
