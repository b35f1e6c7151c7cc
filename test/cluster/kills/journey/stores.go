package journey

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// StoreResource is a custom resource whose controller is in this package.
var StoreResource = schema.GroupVersionResource{Group: "packstage.example.com", Version: "v1", Resource: "stores"}

var definitionResource = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

const storeDefinition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: stores.packstage.example.com}
spec:
  group: packstage.example.com
  scope: Namespaced
  names: {kind: Store, plural: stores, singular: store}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer}}}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
`

// ServeStores defines the kind Store and makes every Store ready until the end of the
// process, or of ctx. It returns when the cluster serves the kind.
func ServeStores(ctx context.Context, client dynamic.Interface) error {
	definition := map[string]any{}
	if err := yaml.Unmarshal([]byte(storeDefinition), &definition); err != nil {
		return err
	}
	object := &unstructured.Unstructured{Object: definition}
	if _, err := client.Resource(definitionResource).Create(ctx, object, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	for {
		list, err := client.Resource(StoreResource).List(ctx, metav1.ListOptions{})
		if err == nil {
			go controlStores(ctx, client, list.GetResourceVersion())
			return nil
		}
		if !apierrors.IsNotFound(err) && !apierrors.IsServiceUnavailable(err) && !apierrors.IsTooManyRequests(err) {
			return err // it is more than that the definition is new
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// controlStores watches all Stores, again whenever a watch ends.
func controlStores(ctx context.Context, client dynamic.Interface, version string) {
	for ctx.Err() == nil {
		watched, err := client.Resource(StoreResource).Watch(ctx, metav1.ListOptions{ResourceVersion: version})
		if err != nil {
			_ = sleep(ctx, 100*time.Millisecond) // its end is the loop's
			version = ""
			continue
		}
		for event := range watched.ResultChan() {
			store, ok := event.Object.(*unstructured.Unstructured)
			if !ok {
				break
			}
			if event.Type == watch.Added || event.Type == watch.Modified {
				makeReady(ctx, client, store)
			}
		}
		watched.Stop()
		version = "" // begin with those that there are
	}
}

// makeReady sets the condition Ready. Who has changed the Store meanwhile brings it
// here again.
func makeReady(ctx context.Context, client dynamic.Interface, store *unstructured.Unstructured) {
	observed, _, _ := unstructured.NestedInt64(store.Object, "status", "observedGeneration")
	if observed == store.GetGeneration() || store.GetAnnotations()[Stuck] != "" {
		return
	}
	store.Object["status"] = map[string]any{
		"observedGeneration": store.GetGeneration(),
		"conditions": []any{map[string]any{
			"type": "Ready", "status": "True", "reason": "Stored", "message": "it is stored", "observedGeneration": store.GetGeneration(),
		}},
	}
	_, _ = client.Resource(StoreResource).Namespace(store.GetNamespace()).
		UpdateStatus(ctx, store, metav1.UpdateOptions{FieldManager: "store-controller"}) // see above
}

// Stuck is an annotation that keeps a Store from becoming ready.
const Stuck = "example.com/stuck"

func sleep(ctx context.Context, pause time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(pause):
		return nil
	}
}

// stores are the controllers of the clusters of this process.
var stores sync.Map

// RequireStores calls ServeStores once for each cluster.
func RequireStores(t testing.TB, host string, client dynamic.Interface) {
	t.Helper()
	once, _ := stores.LoadOrStore(host, sync.OnceValue(func() error {
		return ServeStores(context.Background(), client)
	}))
	if err := once.(func() error)(); err != nil {
		t.Fatal(fmt.Errorf("the kind Store: %w", err))
	}
}
