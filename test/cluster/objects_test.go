package cluster_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

var (
	configMaps  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	namespaces  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	pods        = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	daemonSets  = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "daemonsets"}
)

func client(t *testing.T, config *rest.Config) dynamic.Interface {
	t.Helper()
	made, err := dynamic.NewForConfig(config)
	require.NoError(t, err)
	return made
}

func create(ctx context.Context, d dynamic.Interface, namespace, name string, dryRun ...string) error {
	configMap := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1",
		"kind":       "ConfigMap",
		"metadata":   map[string]any{"name": name},
		"data":       map[string]any{"key": "value"},
	}}
	_, err := d.Resource(configMaps).Namespace(namespace).Create(ctx, configMap, metav1.CreateOptions{DryRun: dryRun})
	return err
}

func get(ctx context.Context, d dynamic.Interface, namespace, name string) error {
	_, err := d.Resource(configMaps).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	return err
}

// names are those of the ConfigMaps of a namespace that a test has made.
func names(t *testing.T, d dynamic.Interface, namespace string) []string {
	t.Helper()
	list, err := d.Resource(configMaps).Namespace(namespace).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	found := []string{}
	for _, configMap := range list.Items {
		if configMap.GetName() != "kube-root-ca.crt" {
			found = append(found, configMap.GetName())
		}
	}
	return found
}

// workload is a Deployment, or a DaemonSet, of pods that pretend to run.
func workload(kind, name string, template map[string]any) *unstructured.Unstructured {
	labels := map[string]any{"app": name}
	pod := map[string]any{"containers": []any{map[string]any{"name": "main", "image": "registry.example.com/main:1"}}}
	for field, value := range template {
		pod[field] = value
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1",
		"kind":       kind,
		"metadata":   map[string]any{"name": name},
		"spec": map[string]any{
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": pod},
		},
	}}
}

// eventually asks, in the goroutine of the test, until the answer is yes.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 15_000 {
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	require.Fail(t, "it has not come true: "+what)
}
