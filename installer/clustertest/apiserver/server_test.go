package apiserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/clustertest/apiserver"
)

// serve returns a cluster and the address of its API server.
func serve(t *testing.T, options ...clustertest.Option) (*clustertest.Cluster, string) {
	t.Helper()
	made := clustertest.New(options...)
	server := httptest.NewServer(apiserver.New(made, apiserver.Options{
		Kinds: []schema.GroupVersionKind{{Group: "autoscaling", Version: "v1", Kind: "HorizontalPodAutoscaler"}, {Kind: "Nobody", Version: "v1"}},
	}))
	t.Cleanup(server.Close)
	return made, server.URL
}

// answer is what the server said.
type answer struct {
	status int
	header http.Header
	body   string
	fields map[string]any
}

// at returns a field of the answer, like "metadata.name".
func (a answer) at(path string) any {
	var value any = a.fields
	for name := range strings.SplitSeq(path, ".") {
		fields, _ := value.(map[string]any)
		value = fields[name]
	}
	return value
}

func ask(t *testing.T, method, url, body string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/apply-patch+yaml")
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	got := answer{status: response.StatusCode, header: response.Header, body: string(content)}
	_ = json.Unmarshal(content, &got.fields)
	return got
}

const page = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"page","labels":{"app":"web"}},"data":{"a":"b"}}`

func TestDiscovery(t *testing.T) {
	t.Parallel()
	_, url := serve(t)
	assert.Equal(t, "v1.36.3", ask(t, "GET", url+"/version", "").at("gitVersion"))
	assert.Equal(t, []any{"v1"}, ask(t, "GET", url+"/api", "").at("versions"))

	var groups metav1.APIGroupList
	require.NoError(t, json.Unmarshal([]byte(ask(t, "GET", url+"/apis", "").body), &groups))
	for _, group := range groups.Groups {
		if group.Name == "autoscaling" {
			assert.Equal(t, "autoscaling/v2", group.PreferredVersion.GroupVersion)
			assert.Len(t, group.Versions, 2)
		}
	}
	var list metav1.APIResourceList
	require.NoError(t, json.Unmarshal([]byte(ask(t, "GET", url+"/apis/apps/v1", "").body), &list))
	require.NotEmpty(t, list.APIResources)
	assert.Equal(t, "apps/v1", list.GroupVersion)
	for _, resource := range list.APIResources {
		assert.True(t, resource.Namespaced)
		assert.NotContains(t, resource.Verbs, "watch")
	}
	reviews := ask(t, "GET", url+"/apis/authorization.k8s.io/v1", "").body
	assert.Contains(t, reviews, `"selfsubjectaccessreviews"`)
	assert.NotContains(t, ask(t, "GET", url+"/api/v1", "").body, "Nobody")
}

func TestObjects(t *testing.T) {
	t.Parallel()
	_, url := serve(t)
	pages := url + "/api/v1/namespaces/default/configmaps"
	created := ask(t, "POST", pages+"?fieldManager=me", page)
	require.Equal(t, http.StatusCreated, created.status, created.body)
	assert.Equal(t, "default", created.at("metadata.namespace"))
	assert.Contains(t, created.body, `"manager":"me"`)
	assert.Equal(t, http.StatusConflict, ask(t, "POST", pages, page).status)

	assert.Equal(t, "b", ask(t, "GET", pages+"/page", "").at("data.a"))
	applied := ask(t, "PATCH", pages+"/page?fieldManager=you", strings.Replace(page, `"b"`, `"c"`, 1))
	assert.Equal(t, http.StatusConflict, applied.status)
	assert.Contains(t, applied.body, "FieldManagerConflict")
	dry := ask(t, "PATCH", pages+"/page?fieldManager=you&force=true&dryRun=All", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page}\ndata: {a: c}\n")
	assert.Equal(t, "c", dry.at("data.a"), dry.body)
	assert.Equal(t, "b", ask(t, "GET", pages+"/page", "").at("data.a"))

	updated := ask(t, "PUT", pages+"/page", strings.Replace(page, `"b"`, `"d"`, 1))
	assert.Equal(t, "d", updated.at("data.a"), updated.body)
	stale := strings.Replace(page, `"name"`, `"resourceVersion":"1","name"`, 1)
	assert.Equal(t, http.StatusConflict, ask(t, "PUT", pages+"/page", stale).status)

	held := ask(t, "DELETE", pages+"/page", `{"preconditions":{"uid":"another"}}`)
	assert.Equal(t, http.StatusConflict, held.status, held.body)
	assert.Equal(t, http.StatusOK, ask(t, "DELETE", pages+"/page?dryRun=All", "").status)
	uid, version := updated.at("metadata.uid"), updated.at("metadata.resourceVersion")
	gone := ask(t, "DELETE", pages+"/page", fmt.Sprintf(`{"propagationPolicy":"Background","preconditions":{"uid":%q,"resourceVersion":%q}}`, uid, version))
	assert.Equal(t, "Success", gone.at("status"), gone.body)
	missing := ask(t, "GET", pages+"/page", "")
	assert.Equal(t, http.StatusNotFound, missing.status)
	assert.Equal(t, "NotFound", missing.at("reason"))
}

func TestLists(t *testing.T) {
	t.Parallel()
	_, url := serve(t)
	pages := url + "/api/v1/namespaces/default/configmaps"
	for i := range 5 {
		name := fmt.Sprintf(`"name":"page-%d"`, i)
		require.Equal(t, http.StatusCreated, ask(t, "POST", pages, strings.Replace(page, `"name":"page"`, name, 1)).status)
	}
	require.Equal(t, http.StatusCreated, ask(t, "POST", pages, strings.Replace(page, `"web"`, `"other"`, 1)).status)
	var names []string
	token, requests := "", 0
	for {
		got := ask(t, "GET", url+"/api/v1/configmaps?labelSelector=app%3Dweb&limit=2&continue="+token, "")
		requests++
		require.Equal(t, "ConfigMapList", got.at("kind"), got.body)
		for _, item := range got.fields["items"].([]any) {
			names = append(names, item.(map[string]any)["metadata"].(map[string]any)["name"].(string))
		}
		token, _ = got.at("metadata.continue").(string)
		if token == "" {
			break
		}
	}
	assert.Equal(t, []string{"page-0", "page-1", "page-2", "page-3", "page-4"}, names)
	assert.Equal(t, 3, requests)
	assert.Equal(t, []any{}, ask(t, "GET", url+"/api/v1/namespaces/kube-system/configmaps", "").at("items"))
	assert.Equal(t, http.StatusBadRequest, ask(t, "GET", pages+"?continue=!", "").status)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	_, url := serve(t)
	pages := url + "/api/v1/namespaces/default/configmaps"
	for name, test := range map[string]struct {
		method, path, body string
		status             int
		says               string
	}{
		"no such path":         {"GET", url + "/metrics", "", 404, "404 page not found"},
		"no such version":      {"GET", url + "/apis/apps/v9/deployments", "", 404, "404 page not found"},
		"no such kind":         {"GET", url + "/apis/example.com/v1/widgets", "", 404, "404 page not found"},
		"kind in no namespace": {"GET", url + "/api/v1/namespaces/default/nodes", "", 404, "404 page not found"},
		"subresource":          {"PUT", pages + "/page/status", page, 404, "404 page not found"},
		"watch":                {"GET", pages + "?watch=true", "", 405, "MethodNotAllowed"},
		"delete of all":        {"DELETE", pages, "", 405, "MethodNotAllowed"},
		"no manager":           {"PATCH", pages + "/page", page, 400, "is required for apply patch"},
		"no object":            {"POST", pages, "[]", 400, "BadRequest"},
		"other kind":           {"POST", pages, strings.Replace(page, "ConfigMap", "Secret", 1), 400, "the request is about"},
		"other name":           {"PUT", pages + "/other", page, 400, "does not match"},
		"other namespace":      {"POST", pages, strings.Replace(page, `"name"`, `"namespace":"x","name"`, 1), 400, "does not match"},
		"too large":            {"POST", pages, strings.Repeat(" ", 3<<20+1), 413, "limit is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, test.method, test.path, test.body)
			assert.Equal(t, test.status, got.status, got.body)
			assert.Contains(t, got.body, test.says)
		})
	}
	request, err := http.NewRequestWithContext(t.Context(), "PATCH", pages+"/page?fieldManager=m", strings.NewReader(page))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/merge-patch+json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, http.StatusUnsupportedMediaType, response.StatusCode)
}

func TestErrorsOfTheCluster(t *testing.T) {
	t.Parallel()
	_, url := serve(t, clustertest.WithFault(func(_ context.Context, call clustertest.Call) error {
		switch call.Reference.Name {
		case "busy":
			return apierrors.NewTooManyRequests("later", 7)
		case "broken":
			return errors.New("no luck")
		}
		return nil
	}))
	pages := url + "/api/v1/namespaces/default/configmaps/"
	busy := ask(t, "GET", pages+"busy", "")
	assert.Equal(t, http.StatusTooManyRequests, busy.status)
	assert.Equal(t, "7", busy.header.Get("Retry-After"))
	assert.Equal(t, http.StatusInternalServerError, ask(t, "GET", pages+"broken", "").status)
}

func TestKubeconfig(t *testing.T) {
	t.Parallel()
	var config map[string]any
	require.NoError(t, yaml.Unmarshal(apiserver.Kubeconfig("http://127.0.0.1:1", "shop"), &config))
	assert.Equal(t, "test", config["current-context"])
	assert.Contains(t, string(apiserver.Kubeconfig("http://127.0.0.1:1", "shop")), "namespace: shop")
	assert.NotContains(t, string(apiserver.Kubeconfig("http://127.0.0.1:1", "")), "namespace")
}
