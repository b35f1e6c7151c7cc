package history_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

var (
	web    = cluster.Release{Namespace: "shop", Name: "web"}
	at     = time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC)
	secret = schema.GroupVersionKind{Version: "v1", Kind: "Secret"}
)

// errKilled is what a process gets that is no more.
var errKilled = errors.New("killed")

// killer stops everything from one call on, before or after that was carried out.
type killer struct {
	mutex  sync.Mutex
	left   int // calls until then; negative is never
	after  bool
	killed bool
}

func (k *killer) set(left int, after bool) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.left, k.after, k.killed = left, after, false
}

func (k *killer) before(context.Context, clustertest.Call) error {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.killed {
		return errKilled
	}
	if k.left--; k.left == -1 && !k.after {
		k.killed = true
		return errKilled
	}
	return nil
}

func (k *killer) answer(context.Context, clustertest.Call) error {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.left == -1 && k.after && !k.killed {
		k.killed = true
		return errKilled
	}
	return nil
}

// newCluster returns a cluster with namespace shop, a Secret of someone else in it
// that looks much like ours, and a killer that does nothing yet.
func newCluster(t testing.TB) (*clustertest.Cluster, *killer) {
	t.Helper()
	k := &killer{left: -2}
	c := clustertest.New(clustertest.WithFault(k.before), clustertest.WithLostAnswer(k.answer))
	create(t, c, `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}`)
	create(t, c, `{"apiVersion":"v1","kind":"Secret","type":"Opaque","metadata":{"name":"packstage.revision.web.77","namespace":"shop",
		"labels":{"packstage.dev/release":"web","packstage.dev/release-namespace":"shop","packstage.dev/release-state":"revision"}},"data":{"a":"YQ=="}}`)
	create(t, c, `{"apiVersion":"v1","kind":"Secret","type":"packstage.dev/revision","metadata":{"name":"packstage.revision.web2.1","namespace":"shop",
		"labels":{"packstage.dev/release":"web2","packstage.dev/release-namespace":"shop","packstage.dev/release-state":"revision"}}}`)
	return c, k
}

func create(t testing.TB, c cluster.Writer, text string) {
	t.Helper()
	object := &unstructured.Unstructured{}
	require.NoError(t, object.UnmarshalJSON([]byte(text)))
	_, err := c.Create(t.Context(), object, cluster.WriteOptions{FieldManager: "someone"})
	require.NoError(t, err)
}

func get(t testing.TB, c cluster.Reader, name string) *unstructured.Unstructured {
	t.Helper()
	object, err := c.Get(t.Context(), cluster.NewReference(secret, "shop", name))
	require.NoError(t, err)
	return object
}

func remove(t testing.TB, c cluster.Writer, name string) {
	t.Helper()
	require.NoError(t, c.Delete(t.Context(), cluster.NewReference(secret, "shop", name), cluster.DeleteOptions{}))
}

// replace deletes a Secret and makes it anew, changed: who tampers with what is
// immutable has to.
func replace(t testing.TB, c *clustertest.Cluster, name string, change func(*unstructured.Unstructured)) {
	t.Helper()
	object := get(t, c, name)
	remove(t, c, name)
	object.SetResourceVersion("")
	object.SetUID("")
	change(object)
	_, err := c.Create(t.Context(), object, cluster.WriteOptions{FieldManager: "someone"})
	require.NoError(t, err)
}

// edit changes a Secret in place.
func edit(t testing.TB, c *clustertest.Cluster, name string, change func(*unstructured.Unstructured)) {
	t.Helper()
	object := get(t, c, name)
	change(object)
	_, err := c.Update(t.Context(), object, cluster.WriteOptions{FieldManager: "someone"})
	require.NoError(t, err)
}

// secrets returns what is in the Secrets of namespace shop, by name: everything that
// someone has written.
func secrets(t testing.TB, c cluster.Reader) map[string]any {
	t.Helper()
	listed, err := c.List(t.Context(), secret, cluster.ListOptions{Namespace: "shop"})
	require.NoError(t, err)
	found := map[string]any{}
	for _, object := range listed {
		found[object.GetName()] = map[string]any{
			"type": object.Object["type"], "data": object.Object["data"], "immutable": object.Object["immutable"],
			"labels": object.GetLabels(), "annotations": object.GetAnnotations(),
		}
	}
	return found
}

func names(found map[string]any) []string {
	var names []string
	for name := range found {
		names = append(names, name)
	}
	return names
}

// content returns content of at least a size that does not get smaller by compressing.
func content(name string, size int) *history.Content {
	random := rand.New(rand.NewPCG(uint64(len(name)), uint64(name[0])))
	noise := make([]byte, size)
	for i := range noise {
		noise[i] = byte(' ' + random.IntN(90))
	}
	object := packagetypes.NewObject(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "shop"},
		"data": map[string]any{"noise": string(noise)},
	}, diagnostic.Position{File: "a.yaml", Line: 1}, nil, "")
	return &history.Content{Instance: &packagetypes.Instance{
		Name: "web", Namespace: "shop", Scope: manifest.ScopeNamespaced, PackageName: "webapp", ContentDigest: "sha256:" + name,
		Phases:         []packagetypes.Phase{{Name: "main", Objects: []packagetypes.Object{object}}},
		AdmittedConfig: map[string]any{"name": name},
	}}
}

// rollOut is what an installer does with the history for one instance; a second call
// goes on where the first was stopped.
func rollOut(ctx context.Context, store *history.Store, content *history.Content, limit int) error {
	record, err := store.Load(ctx, web)
	if missing := (*history.NotFoundError)(nil); errors.As(err, &missing) {
		record = &history.Record{Release: web, PackageName: content.Instance.PackageName, Scope: content.Instance.Scope}
	} else if err != nil {
		return err
	}
	target, found := record.Revision(record.Target)
	if !found || target.Identity != history.Identity(content.Instance) {
		revision, err := store.Put(ctx, web, record.Next(), content, history.Revision{Who: "ann", When: at, Reference: "example.org/web"})
		if err != nil {
			return err
		}
		for i := range record.Revisions {
			record.Revisions[i].State = history.RevisionSuperseded
		}
		record.Revisions = append(record.Revisions, revision)
		record.Target, record.State = revision.Number, history.StateProgressing
		if err := store.Save(ctx, record); err != nil {
			return err
		}
		target = &record.Revisions[len(record.Revisions)-1]
	}
	if record.Available != record.Target {
		if _, err := store.Content(ctx, web, *target); err != nil {
			return err
		}
		target.State, record.State, record.Available = history.RevisionAvailable, history.StateAvailable, record.Target
		record.Message = ""
		if err := store.Save(ctx, record); err != nil {
			return err
		}
	}
	return store.Collect(ctx, record, limit)
}

func requireRollOut(t testing.TB, c *clustertest.Cluster, limit int, contents ...*history.Content) *history.Store {
	t.Helper()
	store := newStore(c)
	for i, content := range contents {
		require.NoError(t, rollOut(t.Context(), store, content, limit), fmt.Sprint("revision ", i+1))
	}
	return store
}

func newStore(c history.ReadWriter) *history.Store {
	store := history.NewStore(c, "packstage")
	store.SetChunkSize(chunk)
	return store
}

// decoded returns a Secret's record for people to compare.
func decoded(found any) string {
	data, _ := found.(map[string]any)["data"].(map[string]any)
	text, _ := data["record"].(string)
	plain, _ := base64.StdEncoding.DecodeString(text)
	return string(plain)
}
