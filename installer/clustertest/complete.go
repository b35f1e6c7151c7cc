package clustertest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/packstage/packstage/installer/cluster"
)

// received is a copy of an object as a server gets it: through JSON, so that numbers
// have the types that they have on the other side.
func received(object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	encoded, err := json.Marshal(object.Object)
	if err != nil {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("the object cannot be encoded: %v", err))
	}
	const limit = 3 << 20
	if len(encoded) > limit {
		return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("limit is %d", limit))
	}
	copied := &unstructured.Unstructured{}
	if err := utiljson.Unmarshal(encoded, &copied.Object); err != nil {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("the object cannot be decoded: %v", err))
	}
	return copied, nil
}

// complete sets what the server sets in an object that it is given: the few defaults
// of built-in kinds that matter to who owns what, and those of a custom resource's
// schema.
func (k *kindRules) complete(object *unstructured.Unstructured) {
	for _, field := range []string{"labels", "annotations"} {
		values, _, _ := unstructured.NestedFieldNoCopy(object.Object, "metadata", field)
		texts, _ := values.(map[string]any)
		for key, value := range texts {
			if value == nil { // Go reads it so
				texts[key] = ""
			}
		}
	}
	switch {
	case k.definition != nil:
		k.definition.complete(object)
	case k.group == "" && k.kind == "Secret":
		completeSecret(object)
	case k.group == "" && k.kind == "Namespace":
		labels := object.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels["kubernetes.io/metadata.name"] = object.GetName()
		object.SetLabels(labels)
	}
}

// completeSecret moves stringData into data.
func completeSecret(object *unstructured.Unstructured) {
	if kind, _, _ := unstructured.NestedString(object.Object, "type"); kind == "" {
		object.Object["type"] = "Opaque"
	}
	plain, found := object.Object["stringData"]
	if !found {
		return
	}
	delete(object.Object, "stringData")
	values, _ := plain.(map[string]any)
	data, _ := object.Object["data"].(map[string]any)
	if data == nil {
		data = map[string]any{}
	}
	for key, value := range values {
		text, _ := value.(string)
		data[key] = base64.StdEncoding.EncodeToString([]byte(text))
	}
	if len(data) > 0 {
		object.Object["data"] = data
	}
}

func namespaceKey(name string) cluster.Reference {
	return cluster.Reference{Kind: "Namespace", Name: name}
}

func definitionKey(name string) cluster.Reference {
	return cluster.Reference{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition", Name: name}
}

func isDefinition(key cluster.Reference) bool {
	return key.WithoutVersion() == definitionKey(key.Name)
}

// defined serves the kind of a definition that is established.
func (c *Cluster) defined(object *unstructured.Unstructured) {
	if !isDefinition(keyOf(object)) {
		return
	}
	kind, ok := definedKind(object)
	if !ok {
		return
	}
	if conditionStatus(object, "Established") == "True" {
		c.custom[kind.groupKind()] = kind
	} else {
		delete(c.custom, kind.groupKind())
	}
}

// User is whom a SelfSubjectReview says that the caller is.
const User = "clustertest"

// review answers a SelfSubjectReview or a SelfSubjectAccessReview.
func (c *Cluster) review(object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if object.GetKind() == "SelfSubjectReview" {
		object.Object["status"] = map[string]any{"userInfo": map[string]any{"username": User, "groups": []any{"system:authenticated"}}}
		return object, nil
	}
	text := func(name string) string {
		found, _, _ := unstructured.NestedString(object.Object, "spec", "resourceAttributes", name)
		return found
	}
	_, asked, _ := unstructured.NestedMap(object.Object, "spec", "resourceAttributes")
	if _, path, _ := unstructured.NestedMap(object.Object, "spec", "nonResourceAttributes"); !asked && !path {
		return nil, apierrors.NewBadRequest("spec.resourceAttributes or spec.nonResourceAttributes is required")
	}
	allowed, reason := true, ""
	if c.access != nil {
		allowed, reason = c.access(AccessReview{
			Verb: text("verb"), Group: text("group"), Version: text("version"), Resource: text("resource"),
			Subresource: text("subresource"), Namespace: text("namespace"), Name: text("name"),
		})
	}
	status := map[string]any{"allowed": allowed}
	if reason != "" {
		status["reason"] = reason
	}
	object.Object["status"] = status
	return object, nil
}
