package compare

import (
	"slices"
	"strings"
)

// escalation is a permission by which others can be had.
type escalation struct {
	group     string
	resources []string
	verbs     []string
}

var writing = []string{"create", "update", "patch"}

// escalations follow "Role Based Access Control Good Practices" of the Kubernetes
// documentation.
var escalations = []escalation{
	{"", []string{"secrets"}, []string{"get", "list", "watch"}},
	{"", []string{"pods", "replicationcontrollers"}, writing},
	{"", []string{"pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy"}, []string{"create", "get"}},
	{"", []string{"pods/ephemeralcontainers"}, []string{"update", "patch"}},
	{"", []string{"nodes/proxy"}, []string{"get", "create", "update", "patch", "delete"}},
	{"", []string{"serviceaccounts/token"}, []string{"create"}},
	{"", []string{"persistentvolumes"}, []string{"create"}},
	{"", []string{"namespaces"}, []string{"update", "patch"}},
	{"", []string{"users", "groups", "serviceaccounts"}, []string{"impersonate"}},
	{"authentication.k8s.io", []string{"userextras", "uids"}, []string{"impersonate"}},
	{"apps", []string{"deployments", "daemonsets", "replicasets", "statefulsets"}, writing},
	{"batch", []string{"jobs", "cronjobs"}, writing},
	{"rbac.authorization.k8s.io", []string{"roles", "clusterroles"}, append([]string{"bind", "escalate"}, writing...)},
	{"rbac.authorization.k8s.io", []string{"rolebindings", "clusterrolebindings"}, writing},
	{"admissionregistration.k8s.io", []string{
		"validatingwebhookconfigurations", "mutatingwebhookconfigurations",
		"validatingadmissionpolicies", "mutatingadmissionpolicies",
		"validatingadmissionpolicybindings", "mutatingadmissionpolicybindings",
	}, writing},
	{"apiextensions.k8s.io", []string{"customresourcedefinitions"}, []string{"update", "patch"}},
	{"apiregistration.k8s.io", []string{"apiservices"}, writing},
	{"certificates.k8s.io", []string{"certificatesigningrequests/approval"}, []string{"update", "patch"}},
	{"certificates.k8s.io", []string{"signers"}, []string{"approve", "sign"}},
}

// escalates reports whether an atom gives more than it says: by itself, or since a
// wildcard in it holds such a permission.
func (a atom) escalates() bool {
	if a.url != "" {
		return false
	}
	// A wildcard for resources or groups holds whatever comes later, too.
	if a.resource == anyOne && (a.verb == anyOne || slices.Contains([]string{"create", "update", "patch", "impersonate", "bind", "escalate"}, a.verb)) {
		return true
	}
	return slices.ContainsFunc(escalations, func(e escalation) bool {
		return (a.group == anyOne || a.group == e.group) &&
			(a.verb == anyOne || slices.Contains(e.verbs, a.verb)) &&
			slices.ContainsFunc(e.resources, func(resource string) bool { return resourceCovers(a.resource, resource) })
	})
}

// resourceCovers reports whether the resource of a rule stands for another, or for a
// part of it: userextras/scopes.
func resourceCovers(rule, resource string) bool {
	if rule == anyOne || rule == resource || resource == "userextras" && strings.HasPrefix(rule, "userextras/") {
		return true
	}
	_, sub, ok := strings.Cut(resource, "/")
	return ok && rule == "*/"+sub
}
