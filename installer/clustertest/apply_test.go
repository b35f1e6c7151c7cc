package clustertest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

func TestApplyCreates(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	created := apply(t, c, "packstage", deployment)
	require.NotEmpty(t, created.GetUID())
	require.NotEmpty(t, created.GetResourceVersion())
	require.Equal(t, int64(1), created.GetGeneration())
	entries := created.GetManagedFields()
	require.Len(t, entries, 1)
	require.Equal(t, "packstage", entries[0].Manager)
	require.Equal(t, metav1.ManagedFieldsOperationApply, entries[0].Operation)
	require.Equal(t, "2030-01-01T00:00:00Z", entries[0].Time.UTC().Format("2006-01-02T15:04:05Z"))
	require.Contains(t, entries[0].FieldsV1.String(), `k:{\"containerPort\":80,\"protocol\":\"TCP\"}`)
}

func TestApplyAgainChangesNothing(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	apply(t, c, "packstage", deployment)
	before := get(t, c, parse(t, deployment))
	again := apply(t, c, "packstage", deployment)
	require.Equal(t, before, again)
	require.Equal(t, before, get(t, c, again))
}

func TestApplyRemovesWhatIsNoLongerApplied(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	apply(t, c, "packstage", `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: default, labels: {a: b}}
data: {color: red, size: large}
`)
	require.NoError(t, c.Edit(t.Context(), "kubectl", reference(t, configMap), func(object *unstructured.Unstructured) {
		object.Object["data"].(map[string]any)["extra"] = "kept"
	}))
	applied := apply(t, c, "packstage", configMap)
	require.Equal(t, map[string]any{"color": "red", "extra": "kept"}, applied.Object["data"])
	require.Empty(t, applied.GetLabels())
}

func TestApplyOfASharedFieldKeepsItForTheOther(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	apply(t, c, "packstage", configMap)
	apply(t, c, "other", configMap)
	applied := apply(t, c, "packstage", `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: default}
data: {size: large}
`)
	require.Equal(t, map[string]any{"color": "red", "size": "large"}, applied.Object["data"])
	applied = apply(t, c, "other", `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: default}
`)
	require.Equal(t, map[string]any{"size": "large"}, applied.Object["data"])
}

func TestApplyConflicts(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	apply(t, c, "packstage", deployment)
	replicas := func(object *unstructured.Unstructured) {
		object.Object["spec"].(map[string]any)["replicas"] = 5
	}
	require.NoError(t, c.Edit(t.Context(), "kubectl", reference(t, deployment), replicas))

	_, err := c.Apply(t.Context(), parse(t, deployment), cluster.ApplyOptions{FieldManager: "packstage"})
	require.True(t, apierrors.IsConflict(err), "%v", err)
	require.EqualError(t, err, `Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas`)
	causes := err.(apierrors.APIStatus).Status().Details.Causes
	require.Equal(t, []metav1.StatusCause{{
		Type: metav1.CauseTypeFieldManagerConflict, Field: ".spec.replicas",
		Message: `conflict with "kubectl" using apps/v1`,
	}}, causes)
	require.Equal(t, int64(5), value(t, get(t, c, parse(t, deployment)), "spec", "replicas"))

	forced, err := c.Apply(t.Context(), parse(t, deployment), cluster.ApplyOptions{FieldManager: "packstage", Force: true})
	require.NoError(t, err)
	require.Equal(t, int64(2), value(t, forced, "spec", "replicas"))
	require.Equal(t, int64(3), forced.GetGeneration())
	for _, entry := range forced.GetManagedFields() {
		require.NotEqual(t, "kubectl", entry.Manager, "it owns nothing any more")
	}
}

func TestApplyMergesListsByTheirKeys(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	apply(t, c, "packstage", deployment)
	require.NoError(t, c.Edit(t.Context(), "injector", reference(t, deployment), func(object *unstructured.Unstructured) {
		containers, _, _ := unstructured.NestedSlice(object.Object, "spec", "template", "spec", "containers")
		containers = append(containers, map[string]any{"name": "sidecar", "image": "side:1"})
		require.NoError(t, unstructured.SetNestedSlice(object.Object, containers, "spec", "template", "spec", "containers"))
	}))
	applied := apply(t, c, "packstage", deployment)
	require.Len(t, value(t, applied, "spec", "template", "spec", "containers"), 2)
}

func TestApplyWithAUID(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	object := parse(t, configMap)
	object.SetUID("11111111-0000-4000-8000-000000000001")
	_, err := c.Apply(t.Context(), object, cluster.ApplyOptions{FieldManager: "packstage"})
	require.EqualError(t, err, `Operation cannot be fulfilled on configmaps "settings": uid mismatch: the provided object specified uid `+
		string(object.GetUID())+`, and no existing object was found`)
	require.True(t, apierrors.IsConflict(err))

	live := apply(t, c, "packstage", configMap)
	_, err = c.Apply(t.Context(), object, cluster.ApplyOptions{FieldManager: "packstage", Force: true})
	require.True(t, apierrors.IsInvalid(err), "%v", err)
	causes := err.(apierrors.APIStatus).Status().Details.Causes
	require.Equal(t, "metadata.uid", causes[0].Field)
	require.Equal(t, metav1.CauseTypeFieldValueInvalid, causes[0].Type)
	require.Contains(t, causes[0].Message, "field is immutable")
	object.SetUID(live.GetUID())
	_, err = c.Apply(t.Context(), object, cluster.ApplyOptions{FieldManager: "packstage"})
	require.NoError(t, err)
}

func TestApplyTakesNoStatus(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(func(*unstructured.Unstructured) int { return clustertest.Never }))
	applied := apply(t, c, "packstage", deployment+"status: {readyReplicas: 7}\n")
	require.NotContains(t, applied.Object, "status")
	require.NotContains(t, applied.GetManagedFields()[0].FieldsV1.String(), "f:status")
}

func reference(t *testing.T, text string) cluster.Reference {
	t.Helper()
	return cluster.ReferenceTo(parse(t, text))
}

func TestTimesOfManagers(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	c := clustertest.New(clustertest.WithClock(func() time.Time {
		now = now.Add(time.Hour)
		return now
	}))
	const secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: default}\nstringData: {a: b}\n"
	created := apply(t, c, "packstage", secret)
	require.Equal(t, created, apply(t, c, "packstage", secret), "the merge sees a change, which is none once the text is folded")

	apply(t, c, "packstage", configMap)
	shared := apply(t, c, "other", configMap)
	times := map[string]*metav1.Time{}
	for _, entry := range shared.GetManagedFields() {
		times[entry.Manager] = entry.Time
	}
	require.NotNil(t, times["packstage"])
	require.Nil(t, times["other"], "as on a server: it has changed no value")
	changed := apply(t, c, "third", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: default}\ndata: {new: key}\n")
	for _, entry := range changed.GetManagedFields() {
		if entry.Manager == "packstage" {
			require.True(t, entry.Time.Equal(times["packstage"]))
		}
	}
}

func TestWritersDoNotTouchTheStatus(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	apply(t, c, "packstage", deployment)
	live := get(t, c, parse(t, deployment))
	applied := apply(t, c, "packstage", deployment+"status: {readyReplicas: 7}\n")
	require.Equal(t, live, applied)
	changed := live.DeepCopy()
	changed.Object["status"] = map[string]any{"readyReplicas": 7}
	updated, err := c.Update(t.Context(), changed, cluster.WriteOptions{FieldManager: "packstage"})
	require.NoError(t, err)
	require.Equal(t, live, updated)
}

func TestApplyOfManyKeys(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	object := parse(t, configMap)
	data := map[string]any{}
	for index := range 2000 {
		data[fmt.Sprint("metadata", index)] = "a"
	}
	data["spec"], data["ports"] = "names of fields", "are keys as well"
	object.Object["data"] = data
	applied, err := c.Apply(t.Context(), object, cluster.ApplyOptions{FieldManager: "packstage"})
	require.NoError(t, err)
	require.Equal(t, data, applied.Object["data"])
	again, err := c.Apply(t.Context(), object, cluster.ApplyOptions{FieldManager: "packstage"})
	require.NoError(t, err)
	require.Equal(t, applied, again)
	require.NotContains(t, applied.GetManagedFields()[0].FieldsV1.String(), `"."`)
}
