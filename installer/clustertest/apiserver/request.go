package apiserver

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/installer/cluster"
)

// maxBody bounds what is read of a request: the limit of the API server itself.
const maxBody = 3 << 20

// objectRequest is a request about objects of one kind.
type objectRequest struct {
	cluster         cluster.Cluster
	kind            cluster.Kind
	namespace, name string
}

func (q *objectRequest) reference() cluster.Reference {
	return cluster.NewReference(q.kind.GroupVersionKind, q.namespace, q.name)
}

func (q *objectRequest) resource() schema.GroupResource {
	return schema.GroupResource{Group: q.kind.Group, Resource: q.kind.Resource}
}

// do does what the method asks for.
func (q *objectRequest) do(r *http.Request) (answer any, status int, err error) {
	status = http.StatusOK
	switch {
	case r.Method == http.MethodGet && q.name == "":
		answer, err = q.list(r)
	case r.Method == http.MethodGet:
		answer, err = q.cluster.Get(r.Context(), q.reference())
	case r.Method == http.MethodPost && q.name == "":
		status = http.StatusCreated
		answer, err = q.create(r)
	case r.Method == http.MethodPut && q.name != "":
		answer, err = q.update(r)
	case r.Method == http.MethodPatch && q.name != "":
		answer, err = q.apply(r)
	case r.Method == http.MethodDelete && q.name != "":
		answer, err = q.delete(r)
	default:
		err = apierrors.NewMethodNotSupported(q.resource(), r.Method)
	}
	return answer, status, err
}

func (q *objectRequest) create(r *http.Request) (any, error) {
	object, dryRun, err := q.body(r)
	if err != nil {
		return nil, err
	}
	return q.cluster.Create(r.Context(), object, cluster.WriteOptions{FieldManager: r.URL.Query().Get("fieldManager"), DryRun: dryRun})
}

func (q *objectRequest) update(r *http.Request) (any, error) {
	object, dryRun, err := q.body(r)
	if err != nil {
		return nil, err
	}
	return q.cluster.Update(r.Context(), object, cluster.WriteOptions{FieldManager: r.URL.Query().Get("fieldManager"), DryRun: dryRun})
}

func (q *objectRequest) apply(r *http.Request) (any, error) {
	if media := r.Header.Get("Content-Type"); media != string(types.ApplyYAMLPatchType) {
		return nil, apierrors.NewGenericServerResponse(http.StatusUnsupportedMediaType, r.Method, q.resource(), q.name,
			fmt.Sprintf("patches of the type %q are not served, only %q", media, types.ApplyYAMLPatchType), 0, true)
	}
	query := r.URL.Query()
	if query.Get("fieldManager") == "" {
		return nil, apierrors.NewBadRequest("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")
	}
	object, dryRun, err := q.body(r)
	if err != nil {
		return nil, err
	}
	force, _ := strconv.ParseBool(query.Get("force"))
	return q.cluster.Apply(r.Context(), object, cluster.ApplyOptions{FieldManager: query.Get("fieldManager"), Force: force, DryRun: dryRun})
}

// body reads the object of a request, which has to be the one that its path names.
func (q *objectRequest) body(r *http.Request) (object *unstructured.Unstructured, dryRun bool, err error) {
	data, err := readBody(r)
	if err != nil {
		return nil, false, err
	}
	if data, err = yaml.YAMLToJSONStrict(data); err != nil {
		return nil, false, apierrors.NewBadRequest(err.Error())
	}
	object = &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(data); err != nil {
		return nil, false, apierrors.NewBadRequest(err.Error())
	}
	if got := object.GroupVersionKind(); got != q.kind.GroupVersionKind {
		return nil, false, apierrors.NewBadRequest(fmt.Sprintf("the object is a %s, and the request is about %s", got, q.kind.GroupVersionKind))
	}
	if named := object.GetName(); q.name != "" && named != "" && named != q.name {
		return nil, false, apierrors.NewBadRequest(fmt.Sprintf("the name of the object (%s) does not match the name on the URL (%s)", named, q.name))
	}
	if namespace := object.GetNamespace(); namespace != "" && namespace != q.namespace {
		return nil, false, apierrors.NewBadRequest("the namespace of the provided object does not match the namespace sent on the request")
	}
	if q.name != "" {
		object.SetName(q.name)
	}
	if q.namespace != "" {
		object.SetNamespace(q.namespace)
	}
	return object, isDryRun(r.URL.Query()["dryRun"]), nil
}

// delete takes its options from the body, as clients send them, or from the query.
func (q *objectRequest) delete(r *http.Request) (any, error) {
	data, err := readBody(r)
	if err != nil {
		return nil, err
	}
	var asked metav1.DeleteOptions
	if len(data) > 0 {
		if err := json.Unmarshal(data, &asked); err != nil {
			return nil, apierrors.NewBadRequest(err.Error())
		}
	}
	query := r.URL.Query()
	options := cluster.DeleteOptions{
		DryRun:      isDryRun(append(asked.DryRun, query["dryRun"]...)),
		Propagation: cluster.Propagation(query.Get("propagationPolicy")),
	}
	if asked.PropagationPolicy != nil {
		options.Propagation = cluster.Propagation(*asked.PropagationPolicy)
	}
	if asked.Preconditions != nil {
		if asked.Preconditions.UID != nil {
			options.UID = *asked.Preconditions.UID
		}
		if asked.Preconditions.ResourceVersion != nil {
			options.ResourceVersion = *asked.Preconditions.ResourceVersion
		}
	}
	if err := q.cluster.Delete(r.Context(), q.reference(), options); err != nil {
		return nil, err
	}
	return &metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusSuccess,
		Details: &metav1.StatusDetails{Name: q.name, Group: q.kind.Group, Kind: q.kind.Resource},
	}, nil
}

func isDryRun(values []string) bool {
	return len(values) > 0 && values[0] == metav1.DryRunAll
}

func readBody(r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	if len(data) > maxBody {
		return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("limit is %d", maxBody))
	}
	return data, nil
}
