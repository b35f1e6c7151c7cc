package faults_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/test/cluster"
	"github.com/packstage/packstage/test/cluster/kills/journey"
)

// at is an installer for a connection.
func at(t *testing.T, config *rest.Config, change func(*installer.Options)) *installer.Installer {
	t.Helper()
	client, err := dynamiccluster.New(config)
	require.NoError(t, err)
	options := journey.Options()
	options.PhaseTimeout = waitAtMost
	if change != nil {
		change(&options)
	}
	return installer.New(client, options)
}

// brief gives a phase little time, where a test wants it to run out.
func brief(o *installer.Options) { o.PhaseTimeout = 3 * time.Second }

func instance(t *testing.T, namespace, text string) *packagetypes.Instance {
	t.Helper()
	parsed, err := journey.Parse(namespace, text)
	require.NoError(t, err)
	return parsed
}

// ofCluster makes an instance one of scope Cluster.
func ofCluster(instance *packagetypes.Instance) *packagetypes.Instance {
	instance.Scope = manifest.ScopeCluster
	return instance
}

func apply(t *testing.T, i *installer.Installer, instance *packagetypes.Instance) (*installer.Result, error) {
	t.Helper()
	return i.Apply(t.Context(), journey.Release(instance.Namespace), instance, installer.ApplyOptions{})
}

// requireState wants the release to be in a state, as it was written down.
func requireState(t *testing.T, c *cluster.Cluster, namespace string, state history.State, revisions int) *history.Record {
	t.Helper()
	record, err := at(t, c.Config(), nil).History(t.Context(), journey.Release(namespace))
	require.NoError(t, err)
	require.Equal(t, state, record.State, record.Message)
	require.Len(t, record.Revisions, revisions)
	return record
}

// requireNoRelease wants nothing of a release to be there.
func requireNoRelease(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	_, err := at(t, c.Config(), nil).History(t.Context(), journey.Release(namespace))
	var missing *history.NotFoundError
	require.True(t, errors.As(err, &missing), "%v", err)
}

// requireSays wants an error to say something, and shows what it says.
func requireSays(t *testing.T, err error, parts ...string) {
	t.Helper()
	require.Error(t, err)
	t.Logf("message: %v", err)
	for _, part := range parts {
		require.ErrorContains(t, err, part)
	}
}

// versions are UID and resource version of everything that a test here writes in
// a namespace: every write shows.
func versions(t *testing.T, c *cluster.Cluster, namespace string) map[string]string {
	t.Helper()
	journey.RequireStores(t, c.Config().Host, c.Client()) // or they cannot be listed where this test comes first
	found := map[string]string{}
	for _, resource := range []schema.GroupVersionResource{
		journey.ConfigMapResource, journey.SecretResource, journey.LeaseResource, journey.DeploymentResource, journey.StoreResource,
		{Version: "v1", Resource: "serviceaccounts"},
	} {
		list, err := c.Client().Resource(resource).Namespace(namespace).List(t.Context(), metav1.ListOptions{})
		require.NoError(t, err)
		for _, object := range list.Items {
			if object.GetName() == "kube-root-ca.crt" || object.GetName() == "default" {
				continue // a controller makes them
			}
			version := object.GetResourceVersion()
			if resource == journey.DeploymentResource {
				version = fmt.Sprint(object.GetGeneration()) // its controller writes, too
			}
			found[resource.Resource+" "+object.GetName()] = string(object.GetUID()) + " " + version
		}
	}
	return found
}

// object reads one from text.
func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	content := map[string]any{}
	require.NoError(t, yaml.Unmarshal([]byte(text), &content))
	return &unstructured.Unstructured{Object: content}
}

func create(t *testing.T, c *cluster.Cluster, resource schema.GroupVersionResource, namespace, text string) {
	t.Helper()
	_, err := c.Client().Resource(resource).Namespace(namespace).Create(t.Context(), object(t, text), metav1.CreateOptions{})
	require.NoError(t, err)
}

func get(t *testing.T, c *cluster.Cluster, resource schema.GroupVersionResource, namespace, name string) *unstructured.Unstructured {
	t.Helper()
	found, err := c.Client().Resource(resource).Namespace(namespace).Get(t.Context(), name, metav1.GetOptions{})
	require.NoError(t, err)
	return found
}

// requireConverges applies an instance once more, and wants nothing to be left to do.
func requireConverges(t *testing.T, c *cluster.Cluster, i *packagetypes.Instance, revisions int) {
	t.Helper()
	_, err := apply(t, at(t, c.Config(), nil), i)
	require.NoError(t, err)
	requireState(t, c, i.Namespace, history.StateAvailable, revisions)
	drift, err := at(t, c.Config(), nil).Drift(t.Context(), journey.Release(i.Namespace))
	require.NoError(t, err)
	require.Empty(t, drift.Objects)
	again, err := apply(t, at(t, c.Config(), nil), i)
	require.NoError(t, err)
	require.False(t, again.NewRevision)
	require.Zero(t, again.Created+again.Changed)
}

// small is a package of two phases.
const small = `# phase one
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {value: "1"}
# phase two
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
data: {value: "1"}
`

// smaller is the next revision of small.
const smaller = `# phase one
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {value: "2"}
`

// waiting has a Store in its first phase that is not ready until somebody takes an
// annotation off.
const waiting = `# phase one
apiVersion: packstage.example.com/v1
kind: Store
metadata: {name: db}
spec: {size: 1}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {value: "1"}
# phase two
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
data: {value: "1"}
`

// slow is that package with a Store which waits to be let go.
func slow(t *testing.T, namespace string) *packagetypes.Instance {
	t.Helper()
	return instance(t, namespace, strings.Replace(waiting, "{name: db}", "{name: db, annotations: {"+journey.Stuck+": \"yes\"}}", 1))
}

// letGo makes the Store of slow ready.
func letGo(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	stores := c.Client().Resource(journey.StoreResource).Namespace(namespace)
	require.NoError(t, retry.RetryOnConflict(retry.DefaultRetry, func() error {
		store, err := stores.Get(t.Context(), "db", metav1.GetOptions{})
		if err != nil {
			return err
		}
		store.Object["status"] = map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": "True"}}}
		_, err = stores.UpdateStatus(t.Context(), store, metav1.UpdateOptions{})
		return err
	}))
}

// running is an Apply that is under way.
type running struct {
	mutex  sync.Mutex
	events []installer.Event
	heard  chan struct{} // has something when there is a new event
	done   chan error
}

// begin applies an instance in the background.
func begin(t *testing.T, config *rest.Config, instance *packagetypes.Instance, change func(*installer.Options)) *running {
	t.Helper()
	r := &running{heard: make(chan struct{}, 1), done: make(chan error, 1)}
	i := at(t, config, func(o *installer.Options) {
		if change != nil {
			change(o)
		}
		o.Observe = r.hear
	})
	ctx := t.Context()
	go func() {
		_, err := i.Apply(ctx, journey.Release(instance.Namespace), instance, installer.ApplyOptions{})
		r.done <- err
	}()
	return r
}

func (r *running) hear(event installer.Event) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.events = append(r.events, event)
	select {
	case r.heard <- struct{}{}:
	default:
	}
}

// find returns the messages of the events of a type so far.
func (r *running) find(kind installer.EventType) []string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var found []string
	for _, event := range r.events {
		if event.Type == kind {
			found = append(found, event.Message)
		}
	}
	return found
}

// await waits for an event of a type.
func (r *running) await(t *testing.T, kind installer.EventType) {
	t.Helper()
	r.awaitSaying(t, kind, "")
}

// awaitSaying waits for an event of a type with a text in its message.
func (r *running) awaitSaying(t *testing.T, kind installer.EventType, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitAtMost)
	defer cancel()
	said := func(message string) bool { return strings.Contains(message, text) }
	for !slices.ContainsFunc(r.find(kind), said) {
		select {
		case <-r.heard:
		case err := <-r.done:
			t.Fatalf("it has ended without an event %q with %q: %v; events of that type: %q", kind, text, err, r.find(kind))
		case <-ctx.Done():
			t.Fatalf("there was no event %q with %q: %q", kind, text, r.find(kind))
		}
	}
}

// waitAtMost is how long is waited for what others do, and lookEvery how often is
// looked.
const (
	waitAtMost = 5 * time.Minute
	lookEvery  = 50 * time.Millisecond
)

func unstructuredString(object *unstructured.Unstructured, path ...string) (string, bool, error) {
	return unstructured.NestedString(object.Object, path...)
}

// adopt applies an instance that takes over what is there.
func adopt(t *testing.T, c *cluster.Cluster, instance *packagetypes.Instance) error {
	t.Helper()
	_, err := at(t, c.Config(), nil).Apply(t.Context(), journey.Release(instance.Namespace), instance, installer.ApplyOptions{Adopt: true})
	return err
}
