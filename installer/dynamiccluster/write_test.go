package dynamiccluster_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

func TestWrites(t *testing.T) {
	t.Parallel()
	const (
		path    = "/api/v1/namespaces/shop/configmaps"
		sent    = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web","namespace":"shop","uid":"u"},"data":{"a":"b"}}`
		unnamed = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"web-","namespace":"shop"}}`
		managed = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web","namespace":"shop","uid":"u","managedFields":[{"manager":"x"}]},"data":{"a":"b"}}`
		options = `{"kind":"DeleteOptions","apiVersion":"v1"`
	)
	type call func(context.Context, cluster.Cluster, *unstructured.Unstructured) (*unstructured.Unstructured, error)
	create := func(options cluster.WriteOptions) call {
		return func(ctx context.Context, c cluster.Cluster, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
			return c.Create(ctx, o, options)
		}
	}
	update := func(options cluster.WriteOptions) call {
		return func(ctx context.Context, c cluster.Cluster, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
			return c.Update(ctx, o, options)
		}
	}
	apply := func(options cluster.ApplyOptions) call {
		return func(ctx context.Context, c cluster.Cluster, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
			return c.Apply(ctx, o, options)
		}
	}
	remove := func(options cluster.DeleteOptions) call {
		return func(ctx context.Context, c cluster.Cluster, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
			return nil, c.Delete(ctx, cluster.ReferenceTo(o), options)
		}
	}
	for _, test := range []struct {
		name, object string
		call         call
		request      string
		contentType  string
		body         string
	}{
		{"create", sent, create(cluster.WriteOptions{FieldManager: "packstage"}), "POST " + path + "?fieldManager=packstage", "application/json", sent},
		{"create without a name", unnamed, create(cluster.WriteOptions{}), "POST " + path, "application/json", unnamed},
		{"create in a dry run", sent, create(cluster.WriteOptions{DryRun: true}), "POST " + path + "?dryRun=All", "application/json", sent},
		{"update", sent, update(cluster.WriteOptions{FieldManager: "m", DryRun: true}), "PUT " + path + "/web?dryRun=All&fieldManager=m", "application/json", sent},
		{"apply", sent, apply(cluster.ApplyOptions{FieldManager: "m"}), "PATCH " + path + "/web?fieldManager=m&force=false", "application/apply-patch+yaml", sent},
		{"apply what was read", managed, apply(cluster.ApplyOptions{FieldManager: "m"}), "PATCH " + path + "/web?fieldManager=m&force=false", "application/apply-patch+yaml", sent},
		{"apply with force", sent, apply(cluster.ApplyOptions{FieldManager: "m", Force: true, DryRun: true}), "PATCH " + path + "/web?dryRun=All&fieldManager=m&force=true", "application/apply-patch+yaml", sent},
		{"delete", sent, remove(cluster.DeleteOptions{}), "DELETE " + path + "/web", "application/json", options + `}`},
		{"delete with all", sent, remove(cluster.DeleteOptions{UID: "u", ResourceVersion: "7", Propagation: cluster.PropagationForeground, DryRun: true}),
			"DELETE " + path + "/web", "application/json", options + `,"preconditions":{"uid":"u","resourceVersion":"7"},"propagationPolicy":"Foreground","dryRun":["All"]}`},
		{"delete with a UID", sent, remove(cluster.DeleteOptions{UID: "u"}), "DELETE " + path + "/web", "application/json", options + `,"preconditions":{"uid":"u"}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			for _, p := range []string{path, path + "/web"} {
				s.set(p, answer(http.StatusOK, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web","resourceVersion":"8"}}`))
			}
			o := object(t, test.object)
			written, err := test.call(t.Context(), s.cluster(t), o)
			require.NoError(t, err)
			if written != nil {
				require.Equal(t, "8", written.GetResourceVersion())
			}
			require.Equal(t, object(t, test.object), o, "what is given is not changed")
			asked := s.asked()
			require.Len(t, asked, 1)
			require.Equal(t, test.request, asked[0].String())
			require.Equal(t, test.contentType, asked[0].header.Get("Content-Type"))
			require.JSONEq(t, test.body, asked[0].body)

			for _, p := range []string{path, path + "/web"} {
				s.set(p, status(http.StatusConflict, "Conflict", "changed meanwhile"))
			}
			_, err = test.call(t.Context(), s.cluster(t), o)
			require.True(t, apierrors.IsConflict(err), "%v", err)
		})
	}
	t.Run("apply by nobody", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		_, err := s.cluster(t).Apply(t.Context(), object(t, sent), cluster.ApplyOptions{})
		require.True(t, apierrors.IsBadRequest(err), "%v", err)
		require.Empty(t, s.asked())
	})
}
