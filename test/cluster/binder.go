package cluster

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// binder stands for a scheduler: it binds each pod to the next node, and one of a
// DaemonSet to the node that it names. Resources, selectors, taints and volumes are
// not looked at. A pod with a schedulerName of its own is left alone.
type binder struct {
	client   dynamic.Interface
	nodes    []string
	next     atomic.Uint64
	informer cache.SharedIndexInformer
	queue    workqueue.TypedRateLimitingInterface[string]
	cancel   context.CancelFunc
	running  sync.WaitGroup
}

// bindersAtOnce is how many pods are bound in parallel.
const bindersAtOnce = 8

func startBinder(client dynamic.Interface, nodes []string) *binder {
	ctx, cancel := context.WithCancel(context.Background())
	b := &binder{
		client: client,
		nodes:  nodes,
		queue:  workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[string](5*time.Millisecond, time.Second)),
		cancel: cancel,
	}
	unbound := func(o *metav1.ListOptions) {
		o.FieldSelector = "spec.nodeName=,spec.schedulerName=" + corev1.DefaultSchedulerName
	}
	b.informer = dynamicinformer.NewFilteredDynamicInformer(client, pods, metav1.NamespaceAll, 0, cache.Indexers{}, unbound).Informer()
	add := func(pod any) {
		if key, err := cache.MetaNamespaceKeyFunc(pod); err == nil {
			b.queue.Add(key)
		}
	}
	// A watch that broke and begins again shows a pod that was made anew as changed.
	_, err := b.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: add, UpdateFunc: func(_, pod any) { add(pod) }})
	if err != nil {
		panic(err) // only of an informer that has been stopped
	}
	b.running.Go(func() { b.informer.RunWithContext(ctx) })
	for range bindersAtOnce {
		b.running.Go(func() {
			for b.work(ctx) {
			}
		})
	}
	return b
}

func (b *binder) stop() {
	b.cancel()
	b.queue.ShutDown()
	b.running.Wait()
}

// work binds one pod, until there are none.
func (b *binder) work(ctx context.Context) bool {
	key, down := b.queue.Get()
	if down {
		return false
	}
	defer b.queue.Done(key)
	pod, found, err := b.informer.GetStore().GetByKey(key)
	if err == nil && found {
		err = b.bind(ctx, pod.(*unstructured.Unstructured))
	}
	if err != nil {
		b.queue.AddRateLimited(key)
		return true
	}
	b.queue.Forget(key)
	return true
}

func (b *binder) bind(ctx context.Context, pod *unstructured.Unstructured) error {
	binding := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1",
		"kind":       "Binding",
		"metadata":   map[string]any{"name": pod.GetName(), "namespace": pod.GetNamespace(), "uid": string(pod.GetUID())},
		"target":     map[string]any{"apiVersion": "v1", "kind": "Node", "name": b.node(pod)},
	}}
	_, err := b.client.Resource(pods).Namespace(pod.GetNamespace()).Create(ctx, binding, metav1.CreateOptions{}, "binding")
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil // it is gone, or bound
	}
	return err
}

// node is the one that a pod names, as those of a DaemonSet do, or the next one.
func (b *binder) node(pod *unstructured.Unstructured) string {
	var typed corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(pod.Object, &typed); err == nil {
		if name := namedNode(typed.Spec.Affinity); name != "" {
			return name
		}
	}
	return b.nodes[b.next.Add(1)%uint64(len(b.nodes))]
}

func namedNode(affinity *corev1.Affinity) string {
	if affinity == nil || affinity.NodeAffinity == nil || affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return ""
	}
	for _, term := range affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		for _, field := range term.MatchFields {
			if field.Key == metav1.ObjectNameField && field.Operator == corev1.NodeSelectorOpIn && len(field.Values) == 1 {
				return field.Values[0]
			}
		}
	}
	return ""
}
