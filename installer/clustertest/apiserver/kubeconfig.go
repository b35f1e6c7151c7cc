package apiserver

import (
	"sigs.k8s.io/yaml"
)

// Kubeconfig returns a kubeconfig file with one context, "test", for a server at an
// address like that of httptest.Server; its namespace is left out where it is empty.
func Kubeconfig(address, namespace string) []byte {
	context := map[string]any{"cluster": "test", "user": "test"}
	if namespace != "" {
		context["namespace"] = namespace
	}
	named := func(key string, value map[string]any) []any {
		return []any{map[string]any{"name": "test", key: value}}
	}
	data, err := yaml.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "test",
		"clusters": named("cluster", map[string]any{"server": address}),
		"contexts": named("context", context),
		"users":    named("user", map[string]any{}),
	})
	if err != nil {
		panic(err) // maps of strings are always YAML
	}
	return data
}
