package clustertest_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/dynamiccluster"
	controlplane "github.com/packstage/packstage/test/cluster"
)

// subject is one of the two clusters, and what a script remembers of it.
type subject struct {
	cluster.Cluster
	uids map[string]types.UID
}

// step is a call; what it returns is compared.
type step struct {
	name string
	run  func(ctx context.Context, s subject) (*unstructured.Unstructured, error)
}

// comparisonTimeout is long enough for the controllers of a machine that is busy with other
// things.
const comparisonTimeout = 5 * time.Minute

// TestAnswers runs each script on both clusters. The server's answers are the truth.
func TestAnswers(t *testing.T) {
	t.Parallel()
	config := controlplane.Start(t, controlplane.Options{Controllers: true}).Config()
	for name, script := range scripts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := dynamiccluster.New(config)
			require.NoError(t, err)
			memory := clustertest.New()
			namespace := "compared-" + strings.ReplaceAll(name, " ", "-")
			var answers [2][]string
			for index, one := range []cluster.Cluster{server, memory} {
				ctx, cancel := context.WithTimeout(t.Context(), comparisonTimeout)
				defer cancel()
				s := subject{Cluster: one, uids: map[string]types.UID{}}
				_, err := one.Create(ctx, parse("apiVersion: v1\nkind: Namespace\nmetadata: {name: "+namespace+"}\n", ""), cluster.WriteOptions{FieldManager: "creator"})
				require.NoError(t, err)
				for _, step := range script(namespace) {
					object, err := step.run(ctx, s)
					require.NoError(t, ctx.Err(), step.name)
					answers[index] = append(answers[index], step.name+":\n"+described(object, err))
				}
			}
			for index := range answers[0] {
				assert.Equal(t, answers[0][index], answers[1][index])
			}
		})
	}
}

// The server has more kinds; those that both have are served alike.
func TestKinds(t *testing.T) {
	t.Parallel()
	server, err := dynamiccluster.New(controlplane.Start(t, controlplane.Options{}).Config())
	require.NoError(t, err)
	served, err := server.Kinds(t.Context())
	require.NoError(t, err)
	kinds, err := clustertest.New().Kinds(t.Context())
	require.NoError(t, err)
	require.Greater(t, len(kinds), 50)
	for _, kind := range kinds {
		index := slices.IndexFunc(served, func(one cluster.Kind) bool { return one.GroupVersionKind == kind.GroupVersionKind })
		if assert.GreaterOrEqual(t, index, 0, "%s is not what the server prefers", kind.GroupVersionKind) {
			assert.Equal(t, served[index], kind)
		}
	}
}

// A status that is written apart is not taken from who creates an object.
func TestStatusSubresources(t *testing.T) {
	t.Parallel()
	client, err := discovery.NewDiscoveryClientForConfig(controlplane.Start(t, controlplane.Options{}).Config())
	require.NoError(t, err)
	memory := clustertest.New()
	kinds, err := memory.Kinds(t.Context())
	require.NoError(t, err)
	for _, kind := range kinds {
		if kind.Resource == "customresourcedefinitions" { // one has to have more in it
			continue
		}
		served, err := client.ServerResourcesForGroupVersion(kind.GroupVersion().String())
		require.NoError(t, err)
		apart := slices.ContainsFunc(served.APIResources, func(one metav1.APIResource) bool { return one.Name == kind.Resource+"/status" })

		object := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"example": "value"}}}
		object.SetGroupVersionKind(kind.GroupVersionKind)
		object.SetName("example")
		if kind.Namespaced {
			object.SetNamespace("default")
		}
		created, err := memory.Create(t.Context(), object, cluster.WriteOptions{})
		require.NoError(t, err)
		_, taken, _ := unstructured.NestedString(created.Object, "status", "example")
		assert.Equal(t, apart, !taken, "%s", kind.GroupVersionKind)
	}
}

var (
	uid      = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	revision = regexp.MustCompile(`(record \(|ResourceVersion in object meta: )\d+`)
)

// described is an answer without what is never the same twice.
func described(object *unstructured.Unstructured, err error) string {
	if err != nil {
		status := apierrors.APIStatus(nil)
		if !errors.As(err, &status) {
			return err.Error()
		}
		answer := status.Status()
		answer.Kind, answer.APIVersion = "", ""
		if answer.Details != nil {
			answer.Details.UID = ""
			slices.SortFunc(answer.Details.Causes, func(a, b metav1.StatusCause) int { // of conflicts, it is the order of a map
				return cmp.Or(cmp.Compare(a.Message, b.Message), cmp.Compare(a.Field, b.Field))
			})
		}
		encoded, err := json.MarshalIndent(answer, "", "  ")
		if err != nil {
			return err.Error()
		}
		return revision.ReplaceAllString(uid.ReplaceAllString(string(encoded), "UID"), "${1}VERSION")
	}
	if object == nil {
		return "nothing"
	}
	object = object.DeepCopy()
	hasVersion, hasTime := object.GetResourceVersion() != "", !object.GetCreationTimestamp().Time.IsZero()
	for _, name := range []string{"resourceVersion", "creationTimestamp"} {
		unstructured.RemoveNestedField(object.Object, "metadata", name)
	}
	if object.GetDeletionTimestamp() != nil {
		object.Object["metadata"].(map[string]any)["deletionTimestamp"] = "TIME"
	}
	entries := object.GetManagedFields()
	// A server sorts them by their time, in seconds: two writes may have the same, or not.
	slices.SortFunc(entries, func(a, b metav1.ManagedFieldsEntry) int {
		return cmp.Or(cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Manager, b.Manager), cmp.Compare(a.APIVersion, b.APIVersion), cmp.Compare(a.Subresource, b.Subresource))
	})
	timed := make([]bool, len(entries))
	for index := range entries {
		timed[index] = entries[index].Time != nil
		entries[index].Time = nil
	}
	object.SetManagedFields(entries)
	object.Object["found"] = map[string]any{"resourceVersion": hasVersion, "creationTimestamp": hasTime, "managedFieldsTimes": timed}
	encoded, err := yaml.Marshal(object.Object)
	if err != nil {
		return err.Error()
	}
	return uid.ReplaceAllString(string(encoded), "UID")
}

// parse reads an object and puts it into a namespace, if one is given.
func parse(text, namespace string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil {
		panic(err)
	}
	if namespace != "" {
		object.SetNamespace(namespace)
	}
	return object
}
