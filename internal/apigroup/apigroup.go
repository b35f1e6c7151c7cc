// Package apigroup knows the API groups that Kubernetes itself serves.
package apigroup

import "strings"

// BuiltIn reports whether Kubernetes itself serves the kinds of a group. All other
// groups hold custom resources, or are served by an API server beside it, also those
// whose names end in ".k8s.io", such as gateway.networking.k8s.io.
func BuiltIn(group string) bool {
	if !strings.Contains(group, ".") { // "", "apps", "batch"
		return true
	}
	name, ok := strings.CutSuffix(group, ".k8s.io")
	if !ok {
		return false
	}
	switch name {
	case "admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization", "certificates",
		"coordination", "discovery", "events", "flowcontrol.apiserver", "internal.apiserver", "networking", "node",
		"rbac.authorization", "resource", "scheduling", "storage", "storagemigration":
		return true
	default:
		return false
	}
}
