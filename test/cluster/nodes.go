package cluster

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// What this package itself reads and writes.
var (
	namespaces      = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	nodes           = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	pods            = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	serviceAccounts = schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}
)

// startControllers runs kube-controller-manager until it has made the first
// ServiceAccount, without which there are no pods.
func (c *Cluster) startControllers(ctx context.Context) (err error) {
	if !c.options.Controllers {
		return nil
	}
	c.controllers, err = c.starter.run(c.folder, c.programs.path("kube-controller-manager"), nil, append([]string{
		"--kubeconfig=" + c.Kubeconfig(),
		"--leader-elect=false", // it goes on when the API server comes back
		"--secure-port=0",
		"--root-ca-file=" + c.file(authorityFile),
		"--service-account-private-key-file=" + c.file(serviceAccountKeyFile),
		"--kube-api-qps=2000",
		"--kube-api-burst=4000",
		"--concurrent-deployment-syncs=20",
		"--concurrent-replicaset-syncs=20",
		"--concurrent-statefulset-syncs=20",
		"--concurrent-namespace-syncs=20",
		"--node-monitor-grace-period=1h", // a machine that stands still takes no node away
		"--profiling=false",
	}, c.options.ControllerManagerFlags...)...)
	if err != nil {
		return err
	}
	return c.wait(ctx, "kube-controller-manager", func(ctx context.Context) (bool, error) {
		return c.hasServiceAccount(ctx, "default")
	})
}

// hasServiceAccount says whether a namespace is ready for pods.
func (c *Cluster) hasServiceAccount(ctx context.Context, namespace string) (bool, error) {
	_, err := c.client.Resource(serviceAccounts).Namespace(namespace).Get(ctx, "default", metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// startNodes runs kwok until all nodes are ready.
func (c *Cluster) startNodes(ctx context.Context) (err error) {
	if c.options.Nodes == 0 {
		return nil
	}
	arguments := []string{
		"--kubeconfig=" + c.Kubeconfig(),
		"--manage-all-nodes=true",
		"--node-lease-duration-seconds=40",
		"--node-port=0",
		"--server-address=",
	}
	stages, err := filepath.Glob(filepath.Join(c.programs.stages, "*.yaml"))
	if err != nil {
		return err
	}
	for _, stage := range stages {
		arguments = append(arguments, "--config="+stage)
	}
	if c.kwok, err = c.starter.run(c.folder, c.programs.path("kwok"), c.environment(), arguments...); err != nil {
		return err
	}
	var names []string
	for i := range c.options.Nodes {
		names = append(names, "node-"+strconv.Itoa(i))
		if err := c.createNode(ctx, names[i]); err != nil {
			return err
		}
	}
	c.binder = startBinder(c.client, names)
	return c.wait(ctx, "kwok", c.nodesReady)
}

func (c *Cluster) createNode(ctx context.Context, name string) error {
	node := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1",
		"kind":       "Node",
		"metadata": map[string]any{
			"name": name,
			"labels": map[string]any{
				"kubernetes.io/arch":     "amd64",
				"kubernetes.io/hostname": name,
				"kubernetes.io/os":       "linux",
			},
		},
	}}
	if _, err := c.client.Resource(nodes).Create(ctx, node, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("node %s: %w", name, err)
	}
	return nil
}

func (c *Cluster) nodesReady(ctx context.Context) (bool, error) {
	list, err := c.client.Resource(nodes).List(ctx, metav1.ListOptions{})
	if err != nil {
		return false, err
	}
	for _, node := range list.Items {
		conditions, _, err := unstructured.NestedSlice(node.Object, "status", "conditions")
		if err != nil || !isReady(conditions) {
			return false, err
		}
	}
	return len(list.Items) == c.options.Nodes, nil
}

func isReady(conditions []any) bool {
	for _, entry := range conditions {
		condition, ok := entry.(map[string]any)
		if ok && condition["type"] == "Ready" {
			return condition["status"] == "True"
		}
	}
	return false
}
