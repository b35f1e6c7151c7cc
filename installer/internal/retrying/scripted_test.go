package retrying_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/retrying"
)

// outcome is what a call of the script returns.
type outcome struct {
	object *unstructured.Unstructured
	err    error
}

// scripted is a cluster that answers as its script says, and no more often.
type scripted struct {
	t      *testing.T
	script []outcome
	calls  []string
}

func (s *scripted) next(ctx context.Context, call string) (*unstructured.Unstructured, error) {
	s.calls = append(s.calls, call)
	require.NotEmpty(s.t, s.script, "the script does not expect %s, after %v", call, s.calls)
	now := s.script[0]
	s.script = s.script[1:]
	if now.object == nil && now.err == nil {
		return &unstructured.Unstructured{}, ctx.Err()
	}
	return now.object, now.err
}

func (s *scripted) Get(ctx context.Context, _ cluster.Reference) (*unstructured.Unstructured, error) {
	return s.next(ctx, "get")
}

func (s *scripted) List(ctx context.Context, _ schema.GroupVersionKind, _ cluster.ListOptions) ([]*unstructured.Unstructured, error) {
	object, err := s.next(ctx, "list")
	return []*unstructured.Unstructured{object}, err
}

func (s *scripted) Create(ctx context.Context, _ *unstructured.Unstructured, _ cluster.WriteOptions) (*unstructured.Unstructured, error) {
	return s.next(ctx, "create")
}

func (s *scripted) Update(ctx context.Context, _ *unstructured.Unstructured, _ cluster.WriteOptions) (*unstructured.Unstructured, error) {
	return s.next(ctx, "update")
}

func (s *scripted) Apply(ctx context.Context, _ *unstructured.Unstructured, _ cluster.ApplyOptions) (*unstructured.Unstructured, error) {
	return s.next(ctx, "apply")
}

func (s *scripted) Delete(ctx context.Context, _ cluster.Reference, _ cluster.DeleteOptions) error {
	_, err := s.next(ctx, "delete")
	return err
}

func (s *scripted) Kind(ctx context.Context, kind schema.GroupVersionKind) (cluster.Kind, error) {
	_, err := s.next(ctx, "kind")
	return cluster.Kind{GroupVersionKind: kind}, err
}

func (s *scripted) Kinds(ctx context.Context) ([]cluster.Kind, error) {
	_, err := s.next(ctx, "kinds")
	return []cluster.Kind{{Resource: "widgets"}}, err
}

func (s *scripted) ServerVersion(ctx context.Context) (string, error) {
	_, err := s.next(ctx, "version")
	return "v1.36.3", err
}

func (s *scripted) Forget() { s.calls = append(s.calls, "forget") }

// clock stands still but for the sleeping, which takes no time.
type clock struct {
	mutex sync.Mutex
	now   time.Time
	waits []time.Duration
	// atSleep is called before the n-th sleep, counted from 1.
	atSleep func(n int)
}

func (c *clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, wait time.Duration) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.waits = append(c.waits, wait)
	if c.atSleep != nil {
		c.atSleep(len(c.waits))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c.now = c.now.Add(wait)
	return nil
}

// options are those of a test: no real time, and all of the back-off.
func (c *clock) options() retrying.Options {
	return retrying.Options{Now: c.Now, Sleep: c.Sleep, Jitter: func() float64 { return 1 }}
}

// repeated returns an outcome many times.
func repeated(times int, o outcome) []outcome {
	outcomes := make([]outcome, times)
	for i := range outcomes {
		outcomes[i] = o
	}
	return outcomes
}

func failing(errs ...error) []outcome {
	outcomes := make([]outcome, len(errs))
	for i, err := range errs {
		outcomes[i].err = err
	}
	return outcomes
}

var (
	configMap = schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}
	web       = cluster.NewReference(configMap, "shop", "web")
)

// configured returns a ConfigMap; each change is made to it.
func configured(changes ...func(*unstructured.Unstructured)) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": "web", "namespace": "shop"},
		"data":     map[string]any{"color": "blue"},
	}}
	for _, change := range changes {
		change(object)
	}
	return object
}

// stored is what a server makes of an object that a manager creates or updates.
func stored(manager string, version int) func(*unstructured.Unstructured) {
	return func(object *unstructured.Unstructured) {
		object.SetUID("u")
		object.SetResourceVersion(fmt.Sprint(version))
		_ = unstructured.SetNestedSlice(object.Object, []any{map[string]any{"manager": manager, "operation": "Update", "apiVersion": "v1"}}, "metadata", "managedFields")
	}
}

func with(value any, path ...string) func(*unstructured.Unstructured) {
	return func(object *unstructured.Unstructured) {
		_ = unstructured.SetNestedField(object.Object, value, path...)
	}
}
