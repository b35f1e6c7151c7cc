package preflight_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/manifest"
)

// questions records what a cluster is asked, and answers by a rule.
type questions struct {
	mutex sync.Mutex
	asked []string
}

func (q *questions) option(allowed func(review clustertest.AccessReview) bool) clustertest.Option {
	return clustertest.WithAccess(func(review clustertest.AccessReview) (bool, string) {
		q.mutex.Lock()
		defer q.mutex.Unlock()
		q.asked = append(q.asked, strings.Join([]string{review.Verb, review.Group, review.Resource, review.Namespace}, " "))
		return allowed(review), ""
	})
}

const workload = `
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {app: web}}}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: shop}}
`

func TestPermissionsOfAnAdministratorAreOneQuestion(t *testing.T) {
	t.Parallel()
	var asked questions
	c := newCluster(t, "", asked.option(func(clustertest.AccessReview) bool { return true }))
	require.Empty(t, check(t, c, newOptions(c, newInstance(t, manifest.ScopeCluster, workload))).Diagnostics)
	require.Equal(t, []string{"* * * "}, asked.asked)
}

func TestPermissionsAreAskedForWhatIsNeeded(t *testing.T) {
	t.Parallel()
	var asked questions
	c := newCluster(t, "", asked.option(func(review clustertest.AccessReview) bool { return review.Verb != "*" }))
	options := newOptions(c, newInstance(t, manifest.ScopeCluster, workload))
	options.Deletions = []preflight.Deletion{
		{Reference: cluster.Reference{Version: "v1", Kind: "Service", Namespace: "shop", Name: "old"}},
		{Reference: cluster.Reference{Version: "v1", Kind: "Gone", Namespace: "shop", Name: "old"}},
		{Reference: cluster.Reference{Version: "v1", Kind: "Service", Namespace: "shop", Name: "old"}, Class: "nowhere"},
	}
	require.Empty(t, check(t, c, options).Diagnostics)
	expected := []string{"* * * ", "get  services shop", "delete  services shop"}
	for _, what := range []string{" configmaps shop", "apps deployments shop", "rbac.authorization.k8s.io clusterroles "} {
		for _, verb := range strings.Fields("get list create patch delete") {
			expected = append(expected, verb+" "+what)
		}
	}
	for _, verb := range strings.Fields("get list create update delete") {
		expected = append(expected, verb+"  secrets shop")
	}
	for _, verb := range strings.Fields("get create update delete") {
		expected = append(expected, verb+" coordination.k8s.io leases shop")
	}
	require.ElementsMatch(t, expected, asked.asked)
}

func TestMissingPermissions(t *testing.T) {
	t.Parallel()
	var asked questions
	c := newCluster(t, "", asked.option(func(review clustertest.AccessReview) bool {
		switch review.Resource {
		case "configmaps":
			return review.Verb == "get" || review.Verb == "list"
		case "leases", "services":
			return review.Verb == "get"
		case "clusterroles":
			return false
		default:
			return review.Verb != "*"
		}
	}))
	options := newOptions(c, newInstance(t, manifest.ScopeCluster, workload))
	options.Deletions = []preflight.Deletion{{Reference: cluster.Reference{Version: "v1", Kind: "Service", Namespace: "shop", Name: "old"}}}
	result := check(t, c, options)
	require.Equal(t, []string{"permission-missing"}, codes(result.Diagnostics, diagnostic.Error))
	require.Len(t, result.Diagnostics, 4, "one for each resource: %v", result.Diagnostics)
	text := result.Diagnostics.Error()
	for _, part := range []string{
		`"clustertest" may not create, patch, delete configmaps in the namespace "shop" (kubectl auth can-i create configmaps -n shop)`,
		`may not get, list, create, patch, delete clusterroles.rbac.authorization.k8s.io in the whole cluster (kubectl auth can-i get clusterroles.rbac.authorization.k8s.io)`,
		`may not create, update, delete leases.coordination.k8s.io in the namespace "shop", for the state of the release`,
		`may not delete services in the namespace "shop", for objects that the release no longer has`,
	} {
		require.Contains(t, text, part)
	}
	require.Equal(t, 10, result.Diagnostics[2].Position.Line, "the first object of the kind: %v", result.Diagnostics)
	require.Equal(t, []string{"Deployment.apps shop/web"}, dryRuns(c), "what is not allowed is not tried")
	require.Equal(t, create, result.Objects[2].Action)
}

// answering answers who one is, and fails other questions.
type answering struct {
	*clustertest.Cluster
	review error
	name   string
}

func (a answering) Create(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	switch {
	case object.GetKind() == "SelfSubjectReview" && a.name != "":
		return &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"userInfo": map[string]any{"username": a.name}}}}, nil
	case object.GetKind() == "SelfSubjectAccessReview" && a.review != nil:
		return nil, a.review
	}
	return a.Cluster.Create(ctx, object, options)
}

func TestMissingPermissionsNameWhoeverInstalls(t *testing.T) {
	t.Parallel()
	var asked questions
	c := newCluster(t, "", asked.option(func(clustertest.AccessReview) bool { return false }))
	options := newOptions(answering{Cluster: c, name: "alice"}, newInstance(t, manifest.ScopeCluster, workload))
	require.Contains(t, check(t, c, options).Diagnostics.Error(), `"alice" may not get, list, create, patch, delete configmaps`)
}

// Where nobody answers what is allowed, the dry runs tell.
func TestPermissionsThatNobodyAnswers(t *testing.T) {
	t.Parallel()
	reviews := schema.GroupResource{Group: "authorization.k8s.io", Resource: "selfsubjectaccessreviews"}
	for _, silence := range []error{
		&cluster.UnknownKindError{}, apierrors.NewNotFound(reviews, ""), apierrors.NewForbidden(reviews, "", errors.New("no")), apierrors.NewMethodNotSupported(reviews, "create"),
	} {
		c := newCluster(t, "")
		result := check(t, c, newOptions(answering{Cluster: c, review: silence}, newInstance(t, manifest.ScopeCluster, workload)))
		require.Empty(t, result.Diagnostics)
		require.Len(t, dryRuns(c), 4)
	}
	c := newCluster(t, "")
	trouble := errors.New("connection refused")
	_, err := preflight.Check(t.Context(), newOptions(answering{Cluster: c, review: trouble}, newInstance(t, manifest.ScopeCluster, workload)))
	require.ErrorIs(t, err, trouble)
}

// Reading may be forbidden although nobody said so.
func TestForbiddenReading(t *testing.T) {
	t.Parallel()
	c := newCluster(t, "", clustertest.WithFault(func(_ context.Context, call clustertest.Call) error {
		if call.Verb == clustertest.VerbGet && call.Reference.Kind == "ConfigMap" {
			return apierrors.NewForbidden(schema.GroupResource{Resource: "configmaps"}, call.Reference.Name, errors.New("no"))
		}
		return nil
	}))
	result := check(t, c, newOptions(c, newInstance(t, manifest.ScopeCluster, workload)))
	require.Equal(t, []string{"permission-missing"}, codes(result.Diagnostics, diagnostic.Error))
	require.Empty(t, dryRuns(c))
}
