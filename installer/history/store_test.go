package history_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
)

func load(t *testing.T, store *history.Store) *history.Record {
	t.Helper()
	record, err := store.Load(t.Context(), web)
	require.NoError(t, err)
	return record
}

func TestLoadOfNothing(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	_, err := newStore(c).Load(t.Context(), web)
	var missing *history.NotFoundError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, web, missing.Release)
	require.EqualError(t, err, "there is no release web in namespace shop")
	_, err = newStore(c).Load(t.Context(), cluster.Release{Namespace: "shop", Name: "a/b"})
	require.ErrorContains(t, err, "name of release")
}

// Of two who have read the same record, one writes.
func TestSaveOverwritesNothing(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	store := requireRollOut(t, c, 10, content("one", 10))
	first, second := load(t, store), load(t, store)
	first.Message, second.Message = "first", "second"
	require.NoError(t, store.Save(t.Context(), first))
	var changed *history.ChangedError
	require.ErrorAs(t, store.Save(t.Context(), second), &changed)
	require.Equal(t, web, changed.Release)
	require.Equal(t, "first", load(t, store).Message)
	first.Message = "once more"
	require.NoError(t, store.Save(t.Context(), first), "a record goes on with what it has written")

	// A new record where there is one, and an old one where there is none.
	require.ErrorAs(t, store.Save(t.Context(), &history.Record{Release: web, State: history.StateFailed}), &changed)
	remove(t, c, "packstage.release.web")
	first.Message = "gone"
	require.ErrorAs(t, store.Save(t.Context(), first), &changed)
	// Made anew by someone, it is not the one that was read.
	create(t, c, `{"apiVersion":"v1","kind":"Secret","type":"packstage.dev/release","metadata":{"name":"packstage.release.web","namespace":"shop"},"data":{"record":"YQ=="}}`)
	require.ErrorAs(t, store.Save(t.Context(), first), &changed)
}

func TestSaveRefusesWhatIsNoRecord(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	store := requireRollOut(t, c, 10, content("one", 10))
	record := load(t, store)
	record.Target = 2
	c.Reset()
	require.ErrorContains(t, store.Save(t.Context(), record), "revision 2, which it needs, is not in it")
	require.Empty(t, c.Calls())
}

// What people see with kubectl, and what others have put on the record.
func TestSecretsTellWhatTheyAre(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	store := requireRollOut(t, c, 10, content("one", 2*chunk))
	record := get(t, c, "packstage.release.web")
	require.Equal(t, map[string]string{
		"packstage.dev/release": "web", "packstage.dev/release-namespace": "shop", "packstage.dev/release-state": "record", "packstage.dev/package": "webapp",
	}, record.GetLabels())
	first, second := get(t, c, "packstage.revision.web.1"), get(t, c, "packstage.revision.web.1.1")
	for _, part := range []*unstructured.Unstructured{first, second} {
		require.Equal(t, "packstage.dev/revision", part.Object["type"])
		require.Equal(t, true, part.Object["immutable"])
		labels := part.GetLabels()
		require.Equal(t, "1", labels["packstage.dev/revision"])
		require.Equal(t, "revision", labels["packstage.dev/release-state"])
		require.Equal(t, "web", labels["packstage.dev/release"])
		require.Regexp(t, `^1-[0-9a-f]{16}$`, labels["packstage.dev/content"])
		require.True(t, history.ReservedObject(part.Object))
	}
	require.Contains(t, first.GetAnnotations()["packstage.dev/about"], `"who":"ann"`)
	require.Empty(t, second.GetAnnotations())
	require.True(t, history.ReservedObject(record.Object))

	edit(t, c, "packstage.release.web", func(object *unstructured.Unstructured) {
		labels := object.GetLabels()
		labels["backup"] = "yes"
		delete(labels, "packstage.dev/release-state")
		object.SetLabels(labels)
		object.SetAnnotations(map[string]string{"note": "mine"})
	})
	loaded := load(t, store)
	loaded.PackageName = "not/a label"
	require.NoError(t, store.Save(t.Context(), loaded))
	record = get(t, c, "packstage.release.web")
	require.Equal(t, map[string]string{
		"packstage.dev/release": "web", "packstage.dev/release-namespace": "shop", "packstage.dev/release-state": "record", "backup": "yes",
	}, record.GetLabels())
	require.Equal(t, map[string]string{"note": "mine"}, record.GetAnnotations())
}

// Chunks as large as they are, and how many calls it takes.
func TestLargeContent(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	c.Reset()
	store := history.NewStore(c, "packstage")
	large := content("large", 5*history.MaxChunk/2)
	revision, err := store.Put(t.Context(), web, 4, large, history.Revision{})
	require.NoError(t, err)
	require.Equal(t, 3, revision.Chunks)
	require.Equal(t, history.RevisionProgressing, revision.State)
	require.Equal(t, []history.PhaseOutcome{{Name: "main", Objects: 1, State: history.PhasePending}}, revision.Phases)
	var written []string
	for _, call := range c.Calls() {
		written = append(written, string(call.Verb)+" "+call.Reference.Name)
		require.Equal(t, "packstage", call.FieldManager)
	}
	require.Equal(t, []string{"create packstage.revision.web.4.2", "create packstage.revision.web.4.1", "create packstage.revision.web.4"}, written)
	for name := range secrets(t, c) {
		data, _, _ := unstructured.NestedString(get(t, c, name).Object, "data", "content")
		require.LessOrEqual(t, len(data), (history.MaxChunk+2)/3*4)
	}
	read, err := store.Content(t.Context(), web, revision)
	require.NoError(t, err)
	require.Equal(t, large.Instance, read.Instance)
}

// An upgrade costs four writes and no reading of contents, however many there are.
func TestCallsOfAnUpgrade(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	store := requireRollOut(t, c, 10, content("one", 10), content("two", 10))
	c.Reset()
	record := load(t, store)
	revision, err := store.Put(t.Context(), web, record.Next(), content("three", 10), history.Revision{})
	require.NoError(t, err)
	record.Revisions = append(record.Revisions, revision)
	record.Target = 3
	require.NoError(t, store.Save(t.Context(), record))
	record.Available = 3
	require.NoError(t, store.Save(t.Context(), record))
	require.NoError(t, store.Collect(t.Context(), record, 10))
	var verbs []string
	for _, call := range c.Calls() {
		verbs = append(verbs, string(call.Verb))
	}
	require.Equal(t, "get create update update list", strings.Join(verbs, " "))
}

func TestList(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	create(t, c, `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"bar"}}`)
	store := newStore(c)
	for _, release := range []cluster.Release{{Namespace: "shop", Name: "b"}, {Namespace: "shop", Name: "a"}, {Namespace: "bar", Name: "z"}} {
		require.NoError(t, store.Save(t.Context(), &history.Record{Release: release, State: history.StateProgressing}))
	}
	for _, foreign := range []string{
		`{"apiVersion":"v1","kind":"Secret","type":"Opaque","metadata":{"name":"packstage.release.c","namespace":"shop","labels":{"packstage.dev/release":"c","packstage.dev/release-state":"record"}}}`,
		`{"apiVersion":"v1","kind":"Secret","type":"packstage.dev/release","metadata":{"name":"other","namespace":"shop","labels":{"packstage.dev/release":"d","packstage.dev/release-state":"record"}}}`,
	} {
		create(t, c, foreign)
	}
	list := func(namespace string) (releases []string, err error) {
		records, err := store.List(t.Context(), namespace)
		for _, record := range records {
			releases = append(releases, record.Release.String())
		}
		return releases, err
	}
	all, err := list("")
	require.NoError(t, err)
	require.Equal(t, []string{"bar/z", "shop/a", "shop/b"}, all)
	some, err := list("shop")
	require.NoError(t, err)
	require.Equal(t, []string{"shop/a", "shop/b"}, some)

	// One that is damaged hides no other.
	edit(t, c, "packstage.release.a", func(object *unstructured.Unstructured) { object.Object["data"] = map[string]any{"record": "e30="} })
	all, err = list("")
	var damaged *history.DamagedError
	require.ErrorAs(t, err, &damaged)
	require.Equal(t, "a", damaged.Release.Name)
	require.Equal(t, []string{"bar/z", "shop/b"}, all)
}

func TestCollectKeepsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	store := requireRollOut(t, c, 10, content("one", 2*chunk), content("two", 2*chunk), content("three", 10))
	// Parts that a stopped run has left, of a revision that is kept, of one that is
	// long gone, and of one that may be in the making.
	for _, name := range []string{"packstage.revision.web.2.7", "packstage.revision.web.4", "packstage.revision.web.4.1"} {
		create(t, c, `{"apiVersion":"v1","kind":"Secret","type":"packstage.dev/revision","metadata":{"name":"`+name+`","namespace":"shop",
			"labels":{"packstage.dev/release":"web","packstage.dev/release-namespace":"shop","packstage.dev/release-state":"revision","packstage.dev/content":"9-0123456789abcdef"}}}`)
	}
	// Whoever edits labels must not make us delete a revision.
	edit(t, c, "packstage.revision.web.2", func(object *unstructured.Unstructured) {
		labels := object.GetLabels()
		delete(labels, "packstage.dev/content")
		labels["packstage.dev/revision"] = "1"
		object.SetLabels(labels)
	})
	record := load(t, store)
	require.NoError(t, store.Collect(t.Context(), record, 2))
	require.ElementsMatch(t, []string{
		"packstage.release.web", "packstage.revision.web.2", "packstage.revision.web.2.1", "packstage.revision.web.3",
		"packstage.revision.web.4", "packstage.revision.web.4.1", // newer than the record
		"packstage.revision.web.77", "packstage.revision.web2.1", // someone else's
	}, names(secrets(t, c)))
	require.Equal(t, record.Revisions, load(t, store).Revisions)
	require.Len(t, record.Revisions, 2)
	for _, revision := range record.Revisions {
		_, err := store.Content(t.Context(), web, revision)
		require.NoError(t, err)
	}
}

// Someone else has changed the record: nothing is dropped, and the record stays.
func TestCollectWithAnOldRecord(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	store := requireRollOut(t, c, 10, content("one", 10), content("two", 10))
	old, current := load(t, store), load(t, store)
	current.Message = "changed"
	require.NoError(t, store.Save(t.Context(), current))
	before := secrets(t, c)
	var changed *history.ChangedError
	require.ErrorAs(t, store.Collect(t.Context(), old, 1), &changed)
	require.Len(t, old.Revisions, 2)
	require.Equal(t, before, secrets(t, c))
}

// A writer that has lost the lock without noticing replaces nothing that the other
// one has written, and neither does anyone replace what is not ours.
func TestPutReplacesOnlyWhatNobodyNeeds(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	store := requireRollOut(t, c, 10, content("one", 2*chunk))
	before := secrets(t, c)
	_, err := store.Put(t.Context(), web, 1, content("other", 2*chunk), history.Revision{})
	var changed *history.ChangedError
	require.ErrorAs(t, err, &changed)
	require.Equal(t, before, secrets(t, c))

	_, err = store.Put(t.Context(), web, 77, content("other", 10), history.Revision{})
	var damaged *history.DamagedError
	require.ErrorAs(t, err, &damaged)
	require.Equal(t, "packstage.revision.web.77", damaged.Secret)
	require.Equal(t, before, secrets(t, c))

	// With a finalizer on it, what is in the way cannot go.
	create(t, c, `{"apiVersion":"v1","kind":"Secret","type":"packstage.dev/revision","metadata":{"name":"packstage.revision.web.2","namespace":"shop","finalizers":["example.org/backup"]}}`)
	_, err = store.Put(t.Context(), web, 2, content("two", 10), history.Revision{})
	require.ErrorContains(t, err, "example.org/backup")

	// What is wanted is there, but going.
	_, err = store.Put(t.Context(), web, 3, content("three", 10), history.Revision{})
	require.NoError(t, err)
	edit(t, c, "packstage.revision.web.3", func(object *unstructured.Unstructured) { object.SetFinalizers([]string{"example.org/backup"}) })
	remove(t, c, "packstage.revision.web.3")
	_, err = store.Put(t.Context(), web, 3, content("three", 10), history.Revision{})
	require.ErrorContains(t, err, "is being deleted")

	_, err = store.Put(t.Context(), web, 0, content("two", 10), history.Revision{})
	require.ErrorContains(t, err, "numbers go from 1")
}

// Errors of the server can be asked for what they are.
func TestErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "x", errors.New("no"))
	c := clustertest.New(clustertest.WithFault(func(context.Context, clustertest.Call) error { return forbidden }))
	store := newStore(c)
	_, err := store.Load(t.Context(), web)
	require.True(t, apierrors.IsForbidden(err))
	require.ErrorContains(t, err, "read the record of release shop/web: ")
	_, err = store.List(t.Context(), "")
	require.True(t, apierrors.IsForbidden(err))
	_, err = store.Put(t.Context(), web, 1, content("one", 10), history.Revision{})
	require.True(t, apierrors.IsForbidden(err))
	record := &history.Record{Release: web, State: history.StateProgressing}
	require.True(t, apierrors.IsForbidden(store.Save(t.Context(), record)))
	require.True(t, apierrors.IsForbidden(store.Remove(t.Context(), record)))
	require.True(t, apierrors.IsForbidden(store.Collect(t.Context(), record, 1)))
}

func TestRemoveTwice(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	foreign := secrets(t, c)
	store := requireRollOut(t, c, 10, content("one", 2*chunk), content("two", 10))
	record := load(t, store)
	require.NoError(t, store.Remove(t.Context(), record))
	require.Equal(t, foreign, secrets(t, c))
	require.NoError(t, store.Remove(t.Context(), record))

	// Without the record, too: it is made from the revisions first.
	requireRollOut(t, c, 10, content("one", 2*chunk))
	remove(t, c, "packstage.release.web")
	require.NoError(t, removeRelease(t.Context(), store))
	require.Equal(t, foreign, secrets(t, c))
}

// Revisions with much content are not read at once to be removed.
func TestRemoveOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for bytes, lists := range map[int]int{10 << 20: 1, 20 << 20: 3} {
		c, _ := newCluster(t)
		foreign := secrets(t, c)
		store := requireRollOut(t, c, 10, content("one", 2*chunk), content("two", 10))
		record := load(t, store)
		record.Revisions[0].Chunks, record.Revisions[0].Bytes = history.MaxChunks, bytes
		c.Reset()
		require.NoError(t, store.Remove(t.Context(), record))
		require.Equal(t, foreign, secrets(t, c))
		listed := 0
		for _, call := range c.Calls() {
			if call.Verb == clustertest.VerbList {
				listed++
			}
		}
		require.Equal(t, lists+1, listed, "and once to look here")
	}
}

func TestRemoveOfAChangedRecord(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	store := requireRollOut(t, c, 10, content("one", 10))
	old, current := load(t, store), load(t, store)
	current.Message = "changed"
	require.NoError(t, store.Save(t.Context(), current))
	before := names(secrets(t, c))
	slices.Sort(before)
	var changed *history.ChangedError
	require.ErrorAs(t, store.Remove(t.Context(), old), &changed)
	require.ElementsMatch(t, before, names(secrets(t, c)))
}

// meddling is a cluster in which something happens before each deletion.
type meddling struct {
	*clustertest.Cluster
	before func(name string)
}

func (m meddling) Delete(ctx context.Context, reference cluster.Reference, options cluster.DeleteOptions) error {
	m.before(reference.Name)
	return m.Cluster.Delete(ctx, reference, options)
}

// A Secret that changes between being seen and being deleted is judged again.
func TestDeletingWhatChanges(t *testing.T) {
	t.Parallel()
	const dropped = "packstage.revision.web.1"
	for name, test := range map[string]struct {
		meddle func(*testing.T, *clustertest.Cluster)
		want   string
	}{
		"labelled": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			edit(t, c, dropped, func(object *unstructured.Unstructured) { object.SetAnnotations(map[string]string{"note": "mine"}) })
		}, ""},
		"deleted": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			remove(t, c, dropped)
		}, ""},
		"made anew": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			replace(t, c, dropped, func(object *unstructured.Unstructured) { object.Object["type"] = "Opaque" })
		}, "someone else has made it anew"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := newCluster(t)
			record := load(t, requireRollOut(t, c, 10, content("one", 10), content("two", 10)))
			meddled := false
			store := newStore(meddling{c, func(name string) {
				if name == dropped && !meddled {
					meddled = true
					test.meddle(t, c)
				}
			}})
			err := store.Collect(t.Context(), record, 1)
			require.True(t, meddled)
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
				require.Contains(t, secrets(t, c), dropped)
				return
			}
			require.NoError(t, err)
			require.NotContains(t, secrets(t, c), dropped)
		})
	}
}
