package history_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
)

// setData changes what a Secret has under a key.
func setData(key string, change func(string) string) func(*unstructured.Unstructured) {
	return func(object *unstructured.Unstructured) {
		data, _ := object.Object["data"].(map[string]any)
		text, _ := data[key].(string)
		plain, _ := base64.StdEncoding.DecodeString(text)
		data[key] = base64.StdEncoding.EncodeToString([]byte(change(string(plain))))
	}
}

func sed(old, with string) func(string) string {
	return func(text string) string { return strings.Replace(text, old, with, 1) }
}

// bomb is much zero in little gzip.
func bomb(t *testing.T, size int) string {
	t.Helper()
	return compressed(t, make([]byte, size))
}

func compressed(t *testing.T, plain []byte) string {
	t.Helper()
	var out bytes.Buffer
	writer, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	require.NoError(t, err)
	_, err = writer.Write(plain)
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	return out.String()
}

// Each row is what someone does to the Secrets of a release with the revisions 1, in
// three parts, and 2. Reading says which Secret it is and what to do, and the other
// revision can be read all the same.
func TestTampering(t *testing.T) {
	t.Parallel()
	const record, first, second, other = "packstage.release.web", "packstage.revision.web.1", "packstage.revision.web.1.1", "packstage.revision.web.2"
	flip := func(text string) string { return text[:20] + string([]byte{text[20] ^ 1}) + text[21:] }
	for name, test := range map[string]struct {
		tamper func(*testing.T, *clustertest.Cluster)
		// number of the revision that is damaged, 0 for the record; secret and what.
		number       int
		secret, what string
	}{
		"chunk edited": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			replace(t, c, second, setData("content", flip))
		}, 1, first, "was edited, or one of its 3 parts: the digest"},
		"first chunk edited": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			replace(t, c, first, setData("content", flip))
		}, 1, first, "was edited, or one of its 3 parts: the digest"},
		"chunk longer": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			replace(t, c, second, setData("content", func(text string) string { return text + "x" }))
		}, 1, first, "the size is not the one of the record"},
		"chunk cut": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			replace(t, c, second, setData("content", func(text string) string { return text[1:] }))
		}, 1, first, "the size is not the one of the record"},
		"chunk deleted": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			remove(t, c, second)
		}, 1, second, "was deleted"},
		"first chunk deleted": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			remove(t, c, first)
		}, 1, first, "was deleted"},
		"chunks swapped": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			a, b := get(t, c, first).Object["data"], get(t, c, second).Object["data"]
			replace(t, c, first, func(object *unstructured.Unstructured) { object.Object["data"] = b })
			replace(t, c, second, func(object *unstructured.Unstructured) { object.Object["data"] = a })
		}, 1, first, "the digest is not the one of the record"},
		"content of another revision": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			data := get(t, c, first).Object["data"]
			replace(t, c, other, func(object *unstructured.Unstructured) { object.Object["data"] = data })
		}, 2, other, "the size is not the one of the record"},
		"no content": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			replace(t, c, second, func(object *unstructured.Unstructured) { delete(object.Object, "data") })
		}, 1, second, `was edited: it has no key "content"`},
		"someone else's": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			replace(t, c, other, func(object *unstructured.Unstructured) { object.Object["type"] = "Opaque" })
		}, 2, other, "is not of type packstage.dev/revision, so someone else has made it"},
		"huge Secret": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			replace(t, c, other, setData("content", func(string) string { return bomb(t, 10<<20) }))
		}, 2, other, "the size is not the one of the record"},
		"huge Secret, and the record": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			content := bomb(t, 257<<20)
			replace(t, c, other, setData("content", func(string) string { return content }))
			forge(t, c, content)
		}, 2, other, "limit TotalOutput exceeded"},
		"deep content, and the record": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			const levels = 1_000_000
			content := compressed(t, []byte(`{"version":1,"instance":{"config":{"a":`+strings.Repeat("[", levels)+strings.Repeat("]", levels)+`}}}`))
			replace(t, c, other, setData("content", func(string) string { return content }))
			forge(t, c, content)
		}, 2, other, "it is not JSON of the form that is written"},
		"leftover that leads elsewhere, and the record": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			content := compressed(t, []byte(`{"version":1,"instance":{"phases":[]},"leftovers":[{"reference":{"version":"v1","kind":"Pod","name":"../x"},"phase":"","phaseIndex":0}]}`))
			replace(t, c, other, setData("content", func(string) string { return content }))
			forge(t, c, content)
		}, 2, other, `leftover "Pod ../x" can be no object`},
		"very many leftovers, and the record": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			many := strings.TrimSuffix(strings.Repeat(`{"reference":{"version":"v1","kind":"Pod","name":"a"},"phase":"","phaseIndex":0},`, 200_001), ",")
			content := compressed(t, []byte(`{"version":1,"instance":{"phases":[]},"leftovers":[`+many+`]}`))
			replace(t, c, other, setData("content", func(string) string { return content }))
			forge(t, c, content)
		}, 2, other, "limit Leftovers exceeded"},
		"other content, and the record": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			content := compressed(t, []byte(`{"version":1,"instance":{"name":"web","phases":[]}}`))
			replace(t, c, other, setData("content", func(string) string { return content }))
			forge(t, c, content)
		}, 2, other, "the record was edited and describes other content"},
		"identity in the record": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			edit(t, c, record, setData("record", func(text string) string {
				before, after, _ := strings.Cut(text, `"number":2`)
				return before + `"number":2` + sed(`"identity":"sha256:`, `"identity":"sha256:0`)(after)
			}))
		}, 2, other, "the record was edited and describes other content"},
		"number in the record": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			edit(t, c, record, setData("record", sed(`"target":2`, `"target":3`)))
		}, 0, record, "was edited, and is no record any more: revision 3"},
		"no number above that of the record": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			edit(t, c, record, setData("record", func(text string) string {
				text = sed(`"number":2`, `"number":9223372036854775807`)(text)
				return sed(`"target":2`, `"target":9223372036854775807`)(text)
			}))
		}, 0, record, "number 9223372036854775807, where 1073741824 is the highest"},
		"record cut": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			edit(t, c, record, setData("record", func(text string) string { return text[:len(text)/2] }))
		}, 0, record, "was edited, and is no record any more"},
		"record without data": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			edit(t, c, record, func(object *unstructured.Unstructured) { delete(object.Object, "data") })
		}, 0, record, `was edited: it has no key "record"`},
		"record of another release": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			edit(t, c, record, setData("record", sed(`"name":"web"`, `"name":"other"`)))
		}, 0, record, "is the record of release shop/other"},
		"record of a later version": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			edit(t, c, record, setData("record", sed(`"version":1`, `"version":2`)))
		}, 0, record, "is of another version"},
		"someone else's record": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			replace(t, c, record, func(object *unstructured.Unstructured) { object.Object["type"] = "Opaque" })
		}, 0, record, "is not of type packstage.dev/release, so someone else has made it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := newCluster(t)
			store := requireRollOut(t, c, 10, content("one", 5*chunk/2), content("two", 10))
			test.tamper(t, c)
			before := secrets(t, c)

			loaded, err := store.Load(t.Context(), web)
			if test.number == 0 {
				requireDamaged(t, err, 0, test.secret, test.what)
				require.Equal(t, before, secrets(t, c))
				return
			}
			require.NoError(t, err)
			for _, revision := range loaded.Revisions {
				_, err := store.Content(t.Context(), web, revision)
				if revision.Number == test.number {
					requireDamaged(t, err, test.number, test.secret, test.what)
				} else {
					require.NoError(t, err)
				}
			}
			require.Equal(t, before, secrets(t, c))
		})
	}
}

// forge makes the record tell what content there is of revision 2.
func forge(t *testing.T, c *clustertest.Cluster, content string) {
	t.Helper()
	store := newStore(c)
	record := load(t, store)
	record.Revisions[1].ContentDigest = history.ContentDigest([]byte(content))
	record.Revisions[1].Bytes = len(content)
	require.NoError(t, store.Save(t.Context(), record))
}

func requireDamaged(t *testing.T, err error, number int, secret, what string) {
	t.Helper()
	var damaged *history.DamagedError
	require.ErrorAs(t, err, &damaged)
	require.Equal(t, web, damaged.Release)
	require.Equal(t, number, damaged.Number)
	require.Equal(t, secret, damaged.Secret)
	require.NotEmpty(t, damaged.Hint)
	require.ErrorContains(t, err, "Secret "+secret+" ")
	require.ErrorContains(t, err, what)
	require.ErrorContains(t, err, damaged.Hint)
}

// What the hint says is the cure: without the record it is made again.
func TestLostRecord(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	store := requireRollOut(t, c, 10, content("one", 5*chunk/2), content("two", 10))
	whole := load(t, store)
	edit(t, c, "packstage.release.web", setData("record", func(string) string { return "nonsense" }))
	_, err := store.Load(t.Context(), web)
	requireDamaged(t, err, 0, "packstage.release.web", "was edited")
	remove(t, c, "packstage.release.web")

	rebuilt := load(t, store)
	require.True(t, rebuilt.Rebuilt)
	require.Equal(t, history.StateProgressing, rebuilt.State)
	require.Equal(t, []any{2, 0}, []any{rebuilt.Target, rebuilt.Available})
	require.Equal(t, []any{whole.PackageName, whole.Scope}, []any{rebuilt.PackageName, rebuilt.Scope})
	require.Equal(t, history.RevisionSuperseded, rebuilt.Revisions[0].State)
	require.Equal(t, history.RevisionProgressing, rebuilt.Revisions[1].State)
	for i := range whole.Revisions {
		want := whole.Revisions[i]
		want.State, want.Message = rebuilt.Revisions[i].State, rebuilt.Revisions[i].Message
		require.Equal(t, want, rebuilt.Revisions[i])
		_, err := store.Content(t.Context(), web, rebuilt.Revisions[i])
		require.NoError(t, err)
	}
	// It is not in the cluster before it is saved, and what it tells stays until
	// a revision is known to be available.
	require.NotContains(t, secrets(t, c), "packstage.release.web")
	require.NoError(t, store.Save(t.Context(), rebuilt))
	again := load(t, store)
	require.True(t, again.Rebuilt)
	again.Available = 2
	require.NoError(t, store.Save(t.Context(), again))
	require.False(t, load(t, store).Rebuilt)
}

func TestLostRecordAndDamagedRevision(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(string) string
		what   string
	}{
		"no annotation": {func(string) string { return "" }, "annotation packstage.dev/about"},
		"no JSON":       {func(text string) string { return text[1:] }, "annotation packstage.dev/about"},
		"other number":  {sed(`"number":1`, `"number":2`), "version 1 of revision 2"},
		"other version": {sed(`"version":1`, `"version":3`), "version 3 of revision 1"},
		"chunks":        {sed(`"chunks":3`, `"chunks":3000`), "3000 chunks"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := newCluster(t)
			store := requireRollOut(t, c, 10, content("one", 5*chunk/2), content("two", 10))
			remove(t, c, "packstage.release.web")
			edit(t, c, "packstage.revision.web.1", func(object *unstructured.Unstructured) {
				annotations := object.GetAnnotations()
				annotations["packstage.dev/about"] = test.change(annotations["packstage.dev/about"])
				object.SetAnnotations(annotations)
			})
			_, err := store.Load(t.Context(), web)
			requireDamaged(t, err, 1, "packstage.revision.web.1", test.what)

			// The hint's cure: go on without it. What is left of it goes with the next Collect.
			remove(t, c, "packstage.revision.web.1")
			record := load(t, store)
			require.Len(t, record.Revisions, 1)
			require.Equal(t, 2, record.Target)
			require.NoError(t, store.Save(t.Context(), record))
			require.NoError(t, store.Collect(t.Context(), record, 10))
			require.NotContains(t, secrets(t, c), "packstage.revision.web.1.1")
			require.Contains(t, secrets(t, c), "packstage.revision.web.2")
		})
	}
}
