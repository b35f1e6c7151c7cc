package cluster_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/packstage/packstage/test/cluster"
)

func TestMain(m *testing.M) { cluster.Main(m, cluster.Options{Controllers: true, Nodes: 2}) }

var (
	configMaps  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
)

func TestAlone(t *testing.T) {
	now := time.Now()
	c := cluster.Start(t, cluster.Options{})
	t.Log(time.Since(now))
	_, err := c.Client().Resource(configMaps).Namespace("default").Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "x"}}}, metav1.CreateOptions{})
	require.NoError(t, err)
	for _, e := range c.AuditEvents(t, cluster.FromUserAgent(cluster.HarnessUserAgent)) {
		t.Log(e)
	}
	_ = dynamic.NewForConfigOrDie(c.Config())
}
func TestAll(t *testing.T) {
	now := time.Now()
	c := cluster.Start(t, cluster.Options{Controllers: true, Nodes: 3})
	t.Log(time.Since(now))
	c.CreateNamespace(t, "x")
}
