package journey

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/installer/history"
)

// State is everything of a namespace, and what the release says of itself, each as text
// in which nothing is that two runs need not have in common: by name, as in
// "configmaps settings".
type State map[string]string

// Observer reads states of a cluster.
type Observer struct {
	client    dynamic.Interface
	installer *installer.Installer
	kinds     []schema.GroupVersionResource
}

// NewObserver asks a cluster which kinds it has, once. It fails as long as the cluster
// does not list the kind Store, or cannot say what a group serves whose definitions have
// just changed.
func NewObserver(ctx context.Context, config *rest.Config, client dynamic.Interface) (*Observer, error) {
	own, err := dynamiccluster.New(config)
	if err != nil {
		return nil, err
	}
	kinds, err := own.Kinds(ctx)
	if err != nil {
		return nil, err
	}
	o := &Observer{client: client, installer: installer.New(own, installer.Options{})}
	for _, kind := range kinds {
		if kind.Namespaced && kind.Kind != "Event" && kind.Kind != "Endpoints" && slices.Contains(kind.Verbs, "list") {
			o.kinds = append(o.kinds, schema.GroupVersionResource{Group: kind.Group, Version: kind.Version, Resource: kind.Resource})
		}
	}
	if !slices.Contains(o.kinds, StoreResource) {
		return nil, errors.New("the cluster does not list the kind Store")
	}
	return o, nil
}

// State reads a namespace. Foreign objects are left out: see Foreign.
func (o *Observer) State(ctx context.Context, namespace string) (State, error) {
	found := State{}
	for _, kind := range o.kinds {
		list, err := o.client.Resource(kind).Namespace(namespace).List(ctx, metav1.ListOptions{})
		if apierrors.IsMethodNotSupported(err) || apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for i := range list.Items {
			object := &list.Items[i]
			if isForeign(object.GetName()) || isOfKubernetes(object) {
				continue
			}
			name, text, err := describe(kind, object)
			if err != nil {
				return nil, err
			}
			for found[name] != "" { // several pods of one ReplicaSet
				name += "'"
			}
			found[name] = strings.ReplaceAll(text, namespace, "NAMESPACE")
		}
	}
	return found, o.release(ctx, namespace, found)
}

// release adds what the release says of itself.
func (o *Observer) release(ctx context.Context, namespace string, found State) error {
	record, err := o.installer.History(ctx, Release(namespace))
	var missing *history.NotFoundError
	if errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return err
	}
	for i := range record.Revisions {
		revision := &record.Revisions[i]
		content, _, err := o.installer.Content(ctx, Release(namespace), revision.Number)
		if err != nil {
			return err
		}
		leftovers, err := yaml.Marshal(content.Leftovers)
		if err != nil {
			return err
		}
		found[fmt.Sprintf("leftovers of revision %d", revision.Number)] = strings.ReplaceAll(string(leftovers), namespace, "NAMESPACE")
		// These have the name of the namespace in them, or depend on it.
		revision.ContentDigest, revision.InstanceDigest, revision.Identity, revision.Bytes = "", "", "", 0
	}
	text, err := yaml.Marshal(record)
	if err != nil {
		return err
	}
	found["record"] = strings.ReplaceAll(regexp.MustCompile(times).ReplaceAllString(string(text), "TIME"), namespace, "NAMESPACE")
	return nil
}

// describe returns an object by name and as text.
func describe(kind schema.GroupVersionResource, object *unstructured.Unstructured) (name, text string, err error) {
	object = object.DeepCopy()
	name = kind.Resource + " " + object.GetName()
	if strings.HasPrefix(object.GetName(), "packstage.") && kind.Resource == "secrets" {
		delete(object.Object, "data") // compressed, with the name of the namespace in it
		for field, values := range map[string]map[string]string{"labels": object.GetLabels(), "annotations": object.GetAnnotations()} {
			for key, value := range values {
				_ = unstructured.SetNestedField(object.Object, digests.ReplaceAllString(value, "DIGEST"), "metadata", field, key) // a string is one
			}
		}
	}
	if len(object.GetOwnerReferences()) > 0 {
		return kind.Resource + " " + generated.ReplaceAllString(object.GetName(), "$1"), describeOwned(object), nil
	}
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "selfLink"} {
		unstructured.RemoveNestedField(object.Object, "metadata", field)
	}
	managers := object.GetManagedFields()
	for i := range managers {
		managers[i].Time = nil
	}
	slices.SortFunc(managers, func(a, b metav1.ManagedFieldsEntry) int {
		return strings.Compare(a.Manager+a.Subresource+string(a.Operation), b.Manager+b.Subresource+string(b.Operation))
	})
	object.SetManagedFields(managers)
	if status, ok := object.Object["status"].(map[string]any); ok {
		withoutTimes(status)
	}
	encoded, err := yaml.Marshal(object.Object)
	return name, string(encoded), err
}

// generated is the suffix of a pod's name.
var generated = regexp.MustCompile(`^(.*-[0-9a-z]+)-[0-9a-z]{5}$`)

// describeOwned is for what controllers make.
func describeOwned(object *unstructured.Unstructured) string {
	phase, _, _ := unstructured.NestedString(object.Object, "status", "phase")
	replicas, _, _ := unstructured.NestedInt64(object.Object, "spec", "replicas")
	text := fmt.Sprintf("phase %q, %d replicas", phase, replicas)
	if object.GetDeletionTimestamp() != nil {
		text += ", on its way out"
	}
	for _, key := range slices.Sorted(maps.Keys(object.GetLabels())) {
		text += fmt.Sprintf("\n%s=%s", key, object.GetLabels()[key])
	}
	return text
}

// digests are what depends on the name of a namespace.
var digests = regexp.MustCompile(`sha256:[0-9a-f]{64}|\b[0-9]+-[0-9a-f]{16}\b|"bytes":[0-9]+|` + times)

// times are written by programs whose clock does not stand still.
const times = `"?[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"?`

// withoutTimes takes times out of a status, and brings conditions in order.
func withoutTimes(status map[string]any) {
	conditions, _ := status["conditions"].([]any)
	for _, item := range conditions {
		condition, _ := item.(map[string]any)
		delete(condition, "lastTransitionTime")
		delete(condition, "lastUpdateTime")
	}
	slices.SortFunc(conditions, func(a, b any) int {
		return strings.Compare(fmt.Sprint(a.(map[string]any)["type"]), fmt.Sprint(b.(map[string]any)["type"]))
	})
}

// isOfKubernetes tells what every namespace has.
func isOfKubernetes(object *unstructured.Unstructured) bool {
	switch object.GetKind() {
	case "ServiceAccount":
		return object.GetName() == "default"
	case "ConfigMap":
		return object.GetName() == "kube-root-ca.crt"
	}
	return false
}

func (s State) without(names []string) State {
	rest := maps.Clone(s)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// Revisions counts those that the release has written down.
func (s State) Revisions() int {
	count := 0
	for s[fmt.Sprintf("leftovers of revision %d", count+1)] != "" {
		count++
	}
	return count
}

// Difference says how a state differs from the one that was wanted; empty is not at
// all.
func (s State) Difference(wanted State) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		found, ok := s[name]
		switch {
		case !ok:
			fmt.Fprintf(&text, "%s is missing\n", name)
		case found != wanted[name]:
			fmt.Fprintf(&text, "%s differs:\n", name)
			onlyIn(&text, "-", wanted[name], found)
			onlyIn(&text, "+", found, wanted[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if _, ok := wanted[name]; !ok {
			fmt.Fprintf(&text, "%s is too much:\n%s\n", name, s[name])
		}
	}
	return text.String()
}

// onlyIn writes the lines that one text has and the other has not.
func onlyIn(text *strings.Builder, mark, one, other string) {
	others := strings.Split(other, "\n")
	for line := range strings.SplitSeq(one, "\n") {
		if !slices.Contains(others, line) {
			fmt.Fprintf(text, "  %s %s\n", mark, line)
		}
	}
}

// Settled tells whether the controllers have nothing more to do: every Deployment has
// its replicas and no more pods than that.
func (s State) Settled() bool {
	pods, wanted := 0, 0
	for name, text := range s {
		switch {
		case strings.HasPrefix(name, "pods "):
			pods++
			if !strings.Contains(text, `phase "Running"`) || strings.Contains(text, "on its way out") {
				return false
			}
		case strings.HasPrefix(name, "deployments "):
			wanted++ // one replica each
			// The last ones follow when the old pods are gone, and the new ones are there.
			for _, line := range []string{"readyReplicas: 1\n", "updatedReplicas: 1\n", "\n  replicas: 1\n", "terminatingReplicas: 0\n", "reason: NewReplicaSetAvailable\n"} {
				if !strings.Contains(text, line) {
					return false
				}
			}
		case strings.HasPrefix(name, "replicasets "):
			if strings.Contains(text, "on its way out") {
				return false
			}
		}
	}
	return pods == wanted
}
