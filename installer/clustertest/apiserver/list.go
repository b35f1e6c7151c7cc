package apiserver

import (
	"encoding/base64"
	"net/http"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
)

// list answers in pages where the client sets a limit. The token of the next page is
// how many objects were returned before it.
func (q *objectRequest) list(r *http.Request) (any, error) {
	query := r.URL.Query()
	if watch, _ := strconv.ParseBool(query.Get("watch")); watch {
		return nil, apierrors.NewMethodNotSupported(q.resource(), "watch")
	}
	objects, err := q.cluster.List(r.Context(), q.kind.GroupVersionKind, cluster.ListOptions{
		Namespace: q.namespace, LabelSelector: query.Get("labelSelector"),
	})
	if err != nil {
		return nil, err
	}
	before, err := readToken(query.Get("continue"), len(objects))
	if err != nil {
		return nil, err
	}
	list := &unstructured.UnstructuredList{Object: map[string]any{
		"apiVersion": q.kind.GroupVersion().String(), "kind": q.kind.Kind + "List",
		"metadata": map[string]any{"resourceVersion": "1"},
	}}
	objects = objects[before:]
	if limit, _ := strconv.Atoi(query.Get("limit")); limit > 0 && limit < len(objects) {
		remaining := int64(len(objects) - limit)
		objects = objects[:limit]
		list.SetContinue(base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(before + limit))))
		list.SetRemainingItemCount(&remaining)
	}
	list.Items = make([]unstructured.Unstructured, len(objects))
	for i, object := range objects {
		list.Items[i] = *object
	}
	return list, nil
}

func readToken(token string, objects int) (int, error) {
	if token == "" {
		return 0, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	before, numberErr := strconv.Atoi(string(text))
	if err != nil || numberErr != nil || before < 0 {
		return 0, apierrors.NewBadRequest("continue key is not valid")
	}
	if before > objects {
		return 0, apierrors.NewGenericServerResponse(http.StatusGone, "list", schema.GroupResource{}, "", "the objects have changed; list them anew", 0, true)
	}
	return before, nil
}
