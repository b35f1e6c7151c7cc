package lint

import (
	"fmt"
	"slices"
	"strings"
)

const rbacGroup = "rbac.authorization.k8s.io"

// permissionRules are about what service accounts may do.
func permissionRules() []Rule {
	return []Rule{{
		Code: "rbac-wildcard", Severity: warningSeverity,
		Summary: "a role with wildcards, or a binding to cluster-admin",
		Explanation: "`*` allows what there is today and what will be tomorrow. Name the groups, resources and verbs that " +
			"the program uses. A group that belongs to the package itself (that of its custom resource definitions) may have all verbs.",
		Example: "rules:\n- {apiGroups: [\"*\"], resources: [\"*\"], verbs: [\"*\"]}",
		Cure:    "rules:\n- {apiGroups: [apps], resources: [deployments], verbs: [get, list, watch, update]}",
		Check:   EachInstance(rbacWildcard),
	}, {
		Code: "rbac-cluster-wide", Severity: warningSeverity,
		Summary: "a permission in all namespaces that gives away the cluster",
		Explanation: "A ClusterRoleBinding to a role that may read Secrets, run commands in pods, write workloads, " +
			"impersonate others or raise permissions lets whoever takes over the program take over the cluster. Bind the role in the namespaces that need " +
			"it (RoleBinding), name the objects (resourceNames), or silence the finding and say why it must be.",
		Example: "kind: ClusterRoleBinding  # to a ClusterRole with {resources: [secrets], verbs: [get]}",
		Cure:    "kind: RoleBinding\nmetadata: {namespace: shop}",
		Check:   EachInstance(rbacClusterWide),
	}}
}

func isRole(object Object) bool {
	return object.Is(rbacGroup, "Role") || object.Is(rbacGroup, "ClusterRole")
}

func rbacWildcard(i *Instance) []Finding {
	var found []Finding
	own := map[string]bool{}
	for key := range i.definitions() {
		own[key[0]] = true
	}
	for _, object := range i.Objects {
		content := object.Content()
		if isRole(object) {
			for k := range listAt(content, "rules") {
				rule := mapAt(content, "rules", k)
				groups := textsAt(rule, "apiGroups")
				if len(groups) > 0 && !slices.ContainsFunc(groups, func(group string) bool { return !own[group] }) {
					continue
				}
				for _, field := range []string{"apiGroups", "resources", "verbs"} {
					if at := slices.Index(textsAt(rule, field), "*"); at >= 0 {
						found = append(found, i.Find(object, fmt.Sprintf("a wildcard allows %s", describeRule(rule, field)),
							"name what the program uses", "rules", k, field, at))
						break
					}
				}
			}
		}
		if strings.HasSuffix(object.Kind(), "Binding") && object.GroupVersionKind().Group == rbacGroup &&
			textAt(content, "roleRef", "kind") == "ClusterRole" && textAt(content, "roleRef", "name") == "cluster-admin" {
			found = append(found, i.Find(object, "gives all permissions that there are: cluster-admin", "write a role with what the program uses", "roleRef", "name"))
		}
	}
	return found
}

// describeRule says what a wildcard in a field of a rule allows.
func describeRule(rule map[string]any, field string) string {
	resources := textsAt(rule, "resources")
	switch {
	case field == "apiGroups" && slices.Contains(resources, "*"):
		return "all resources of the cluster"
	case field == "apiGroups":
		return strings.Join(resources, ", ") + " of all API groups"
	case field == "resources":
		groups := strings.Join(textsAt(rule, "apiGroups"), ", ")
		if groups == "" {
			groups = "the core group"
		}
		return "all resources of " + groups
	case len(resources) > 0:
		return "all verbs on " + strings.Join(resources, ", ")
	default:
		return "all verbs on " + strings.Join(textsAt(rule, "nonResourceURLs"), ", ")
	}
}

// power is a permission that gives away more than it says.
type power struct {
	groups, resources, verbs []string
	what                     string
}

var write = []string{"create", "update", "patch"}

func powers() []power {
	return []power{
		{[]string{""}, []string{"secrets"}, []string{"get", "list", "watch"}, "read all Secrets"},
		{[]string{""}, []string{"pods/exec", "pods/attach"}, []string{"create", "get"}, "run commands in all pods"},
		{[]string{""}, []string{"users", "groups", "serviceaccounts"}, []string{"impersonate"}, "impersonate others"},
		{[]string{""}, []string{"serviceaccounts/token"}, []string{"create"}, "make tokens of all service accounts"},
		{[]string{""}, []string{"nodes/proxy"}, []string{"create", "get"}, "run commands in all pods through their nodes"},
		{[]string{rbacGroup}, []string{"roles", "clusterroles"}, []string{"escalate", "bind"}, "raise permissions"},
		{[]string{"", "apps", "batch"}, []string{"pods", "deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs"}, write, "run pods in all namespaces"},
		{[]string{"admissionregistration.k8s.io"}, []string{"mutatingwebhookconfigurations"}, write, "change all requests with webhooks"},
	}
}

func rbacClusterWide(i *Instance) []Finding {
	bound := map[string]Object{}
	var found []Finding
	for _, object := range i.Objects {
		if object.Is(rbacGroup, "ClusterRoleBinding") {
			name := textAt(object.Content(), "roleRef", "name")
			if _, known := bound[name]; !known {
				bound[name] = object
			}
			if name == "admin" || name == "edit" { // roles of Kubernetes
				found = append(found, i.Find(object, fmt.Sprintf("the role %q may read all Secrets and run pods, in the whole cluster", name),
					"write a role with what the program uses, or bind it in the namespaces that need it", "roleRef", "name"))
			}
		}
	}
	for _, object := range i.Objects {
		binding, ok := bound[object.Name()]
		if !ok || !object.Is(rbacGroup, "ClusterRole") {
			continue
		}
		for k := range listAt(object.Content(), "rules") {
			rule := mapAt(object.Content(), "rules", k)
			if len(listAt(rule, "resourceNames")) > 0 || slices.Contains(textsAt(rule, "verbs"), "*") && slices.Contains(textsAt(rule, "resources"), "*") {
				continue // the latter is a wildcard
			}
			for _, power := range powers() {
				if !overlap(textsAt(rule, "apiGroups"), power.groups) || !overlap(textsAt(rule, "resources"), power.resources) || !overlap(textsAt(rule, "verbs"), power.verbs) {
					continue
				}
				found = append(found, i.FindKey(object, fmt.Sprintf("may %s, in the whole cluster by %s", power.what, binding),
					"bind it in the namespaces that need it, or name the objects", "rules", k))
				break
			}
		}
	}
	return found
}

// overlap tells whether one of the texts is among those that matter, or all are.
func overlap(texts, matter []string) bool {
	return slices.ContainsFunc(texts, func(text string) bool { return text == "*" || slices.Contains(matter, text) })
}
