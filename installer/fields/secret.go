package fields

import (
	"encoding/base64"
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// isSecret tells whether the object is a Secret of Kubernetes.
func isSecret(object map[string]any) bool {
	return object["kind"] == "Secret" && object["apiVersion"] == "v1"
}

// WithStoredData returns a Secret as the server stores it: with its stringData in its
// data, in base64. Other objects are returned as they are.
//
// What is applied should be this: the server notes who applied stringData, and not
// who owns the data that comes of it. Keys that are left out later would stay, and
// keys of others would be overwritten without a conflict.
func WithStoredData(object *unstructured.Unstructured) *unstructured.Unstructured {
	if object == nil || !isSecret(object.Object) || object.Object["stringData"] == nil {
		return object
	}
	return &unstructured.Unstructured{Object: storedSecret(object.Object)}
}

// storedSecret returns a Secret as the server stores it: with its stringData in its
// data. What the server would refuse stays as it is.
func storedSecret(object map[string]any) map[string]any {
	data, dataIsMap := object["data"].(map[string]any)
	texts, textsAreMap := object["stringData"].(map[string]any)
	if !dataIsMap && object["data"] != nil || !textsAreMap && object["stringData"] != nil {
		return object
	}
	stored := make(map[string]any, len(data)+len(texts))
	for key, value := range data {
		stored[key] = value
		text, _ := value.(string)
		if decoded, err := base64.StdEncoding.DecodeString(text); err == nil && text != "" {
			stored[key] = base64.StdEncoding.EncodeToString(decoded) // without line breaks
		}
	}
	for key, value := range texts {
		if text, ok := value.(string); ok {
			value = base64.StdEncoding.EncodeToString([]byte(text))
		}
		stored[key] = value
	}
	result := maps.Clone(object)
	delete(result, "stringData")
	delete(result, "data")
	if len(stored) > 0 {
		result["data"] = stored
	}
	return result
}

// isServerAnnotation names the annotations that the controllers of Kubernetes write
// for themselves.
func isServerAnnotation(name string) bool {
	switch name {
	case "deployment.kubernetes.io/revision", "deployment.kubernetes.io/desired-replicas",
		"deployment.kubernetes.io/max-replicas", "deployment.kubernetes.io/revision-history",
		"deprecated.daemonset.template.generation", "batch.kubernetes.io/job-tracking",
		"pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller", "pv.kubernetes.io/provisioned-by",
		"volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner",
		"volume.kubernetes.io/selected-node", "endpoints.kubernetes.io/last-change-trigger-time":
		return true
	}
	return false
}
