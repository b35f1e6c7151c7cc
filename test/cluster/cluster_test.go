package cluster_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/packstage/packstage/test/cluster"
)

func TestMain(m *testing.M) { cluster.Main(m, cluster.Options{Controllers: true, Nodes: 2}) }

func TestAuditLogHasWhatTheServerDid(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "audit")
	config := c.Config()
	config.UserAgent = namespace + "/1"
	d := client(t, config)
	require.NoError(t, create(t.Context(), d, namespace, "tried", metav1.DryRunAll))
	require.NoError(t, create(t.Context(), d, namespace, "made"))
	require.NoError(t, get(t.Context(), d, namespace, "made"))
	require.True(t, apierrors.IsAlreadyExists(create(t.Context(), d, namespace, "made")))

	events := c.AuditEvents(t, cluster.FromUserAgent(namespace+"/"))
	var said []string
	for _, event := range events {
		said = append(said, event.String())
		require.Equal(t, auditv1.StageResponseComplete, event.Stage)
		require.Equal(t, "admin", event.User.Username)
		require.False(t, event.StageTimestamp.Before(&event.RequestReceivedTimestamp))
	}
	require.Equal(t, []string{
		"create configmaps " + namespace + "/tried 201 (dry run)",
		"create configmaps " + namespace + "/made 201",
		"get configmaps " + namespace + "/made 200",
		"create configmaps " + namespace + "/made 409",
	}, said)

	writes := c.AuditEvents(t, cluster.FromUserAgent(namespace+"/"), cluster.AuditEvent.IsWrite)
	require.Len(t, writes, 2)
	require.Equal(t, http.StatusCreated, writes[0].Code())
	require.Equal(t, "made", writes[0].ObjectRef.Name)
}

func TestUsersMayDoWhatTheyAreAllowed(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "users")
	stranger := client(t, c.UserConfig(t, "stranger", "strangers"))
	require.True(t, apierrors.IsForbidden(create(t.Context(), stranger, namespace, "a")))
	master := client(t, c.UserConfig(t, "somebody", "system:masters"))
	require.NoError(t, create(t.Context(), master, namespace, "a"))
	late := client(t, c.ExpiringUserConfig(t, time.Now().Add(-time.Minute), "somebody", "system:masters"))
	require.True(t, apierrors.IsUnauthorized(create(t.Context(), late, namespace, "b")))
}

func TestKubeconfigIsOfAnAdministrator(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "kubeconfig")
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig())
	require.NoError(t, err)
	require.NoError(t, create(t.Context(), client(t, config), namespace, "a"))
	require.Equal(t, []string{"a"}, names(t, c.Client(), namespace))
}

func TestDeploymentBecomesAvailable(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "deployment")
	of := c.Client().Resource(deployments).Namespace(namespace)
	_, err := of.Create(t.Context(), workload("Deployment", "app", nil), metav1.CreateOptions{})
	require.NoError(t, err)
	eventually(t, "the Deployment is available", func() bool { return number(t, of, "app", "availableReplicas") == 1 })
}

func TestDaemonSetHasAPodOnEachNode(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "daemonset")
	of := c.Client().Resource(daemonSets).Namespace(namespace)
	_, err := of.Create(t.Context(), workload("DaemonSet", "agent", nil), metav1.CreateOptions{})
	require.NoError(t, err)
	eventually(t, "the DaemonSet is available", func() bool { return number(t, of, "agent", "numberAvailable") == 2 })
	list, err := c.Client().Resource(pods).Namespace(namespace).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	var on []string
	for _, pod := range list.Items {
		node, _, err := unstructured.NestedString(pod.Object, "spec", "nodeName")
		require.NoError(t, err)
		on = append(on, node)
	}
	slices.Sort(on)
	require.Equal(t, []string{"node-0", "node-1"}, on)
}

func TestPodOfAnotherSchedulerStaysUnbound(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "unscheduled")
	of := c.Client().Resource(deployments).Namespace(namespace)
	_, err := of.Create(t.Context(), workload("Deployment", "never", map[string]any{"schedulerName": "nobody"}), metav1.CreateOptions{})
	require.NoError(t, err)
	unbound := func() int {
		list, err := c.Client().Resource(pods).Namespace(namespace).List(t.Context(), metav1.ListOptions{FieldSelector: "spec.nodeName="})
		require.NoError(t, err)
		return len(list.Items)
	}
	eventually(t, "the Deployment has a pod", func() bool { return unbound() == 1 })
	_, err = of.Create(t.Context(), workload("Deployment", "after", nil), metav1.CreateOptions{})
	require.NoError(t, err)
	eventually(t, "the other Deployment is available", func() bool { return number(t, of, "after", "availableReplicas") == 1 })
	require.Equal(t, 1, unbound())
}

func TestNamespaceWithPodsEnds(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	made, err := c.Client().Resource(namespaces).Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"generateName": "ending-"},
	}}, metav1.CreateOptions{})
	require.NoError(t, err)
	of := c.Client().Resource(deployments).Namespace(made.GetName())
	_, err = of.Create(t.Context(), workload("Deployment", "app", nil), metav1.CreateOptions{})
	require.NoError(t, err)
	eventually(t, "the Deployment is available", func() bool { return number(t, of, "app", "availableReplicas") == 1 })
	require.NoError(t, c.Client().Resource(namespaces).Delete(t.Context(), made.GetName(), metav1.DeleteOptions{}))
	eventually(t, "the namespace is gone", func() bool {
		_, err := c.Client().Resource(namespaces).Get(t.Context(), made.GetName(), metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
}

func TestRestartKeepsDataAndAuditLog(t *testing.T) {
	t.Parallel()
	c := cluster.Start(t, cluster.Options{AuditLevel: auditv1.LevelRequest})
	config := c.Config()
	config.UserAgent = "restarted/1"
	d := client(t, config)
	require.NoError(t, create(t.Context(), d, "default", "before"))
	host := config.Host

	c.StopAPIServer()
	// The first request may still find a connection, and break with it.
	eventually(t, "connections are refused", func() bool {
		err := create(t.Context(), d, "default", "meanwhile")
		require.Error(t, err)
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	halfALine(t, filepath.Join(filepath.Dir(c.Kubeconfig()), "audit.log"))
	require.Len(t, c.AuditEvents(t, cluster.FromUserAgent("restarted/")), 1)
	c.StartAPIServer(t)

	require.Equal(t, host, c.Config().Host)
	require.Equal(t, []string{"before"}, names(t, d, "default"))
	require.NoError(t, create(t.Context(), d, "default", "after"))
	writes := c.AuditEvents(t, cluster.FromUserAgent("restarted/"), cluster.AuditEvent.IsWrite)
	require.Len(t, writes, 2)
	require.Equal(t, "after", writes[1].ObjectRef.Name)
	require.Contains(t, string(writes[1].RequestObject.Raw), `"key":"value"`)
}

// halfALine is what a server leaves that is killed while it writes.
func halfALine(t *testing.T, path string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"kind":"Event","apiVer`)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func TestStopEndsAllAndMayComeTwice(t *testing.T) {
	t.Parallel()
	c := cluster.Start(t, cluster.Options{})
	ids := c.ProcessIDs()
	require.Len(t, ids, 2)
	require.NoError(t, c.Stop())
	require.NoError(t, c.Stop())
	for name, id := range ids {
		require.ErrorIs(t, syscall.Kill(id, 0), syscall.ESRCH, name)
	}
	require.NoFileExists(t, c.Kubeconfig())
}

func TestOtherInstallersAreThere(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string][]string{"kapp": {"version"}, "helm": {"version", "--short"}} {
		output, err := exec.CommandContext(t.Context(), cluster.Program(t, name), arguments...).Output()
		require.NoError(t, err)
		require.Regexp(t, `\d+\.\d+`, string(output), name)
	}
}

func number(t *testing.T, of dynamic.ResourceInterface, name, field string) int64 {
	t.Helper()
	object, err := of.Get(t.Context(), name, metav1.GetOptions{})
	require.NoError(t, err)
	value, _, err := unstructured.NestedInt64(object.Object, "status", field)
	require.NoError(t, err)
	return value
}
