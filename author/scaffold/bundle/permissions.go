package bundle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
)

const rbacGroup = "rbac.authorization.k8s.io"

// serviceAccounts makes those that permissions name; the account default is there.
func (c *converter) serviceAccounts() {
	var names []string
	for _, kind := range []string{"permissions", "clusterPermissions"} {
		for _, permission := range list(c.csv, "spec", "install", "spec", kind) {
			name := text(permission, "serviceAccountName")
			if name != "" && name != "default" && !slices.Contains(names, name) && !c.hasServiceAccount(name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for _, name := range names {
		c.add(map[string]any{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": name, "namespace": c.namespace}})
	}
}

func (c *converter) hasServiceAccount(name string) bool {
	return slices.ContainsFunc(c.others, func(o scaffold.InputObject) bool {
		return text(o.Content, "kind") == "ServiceAccount" && text(o.Content, "metadata", "name") == name
	})
}

// permissions makes roles and bindings: those for the cluster, and those for the
// namespaces that are watched, which are for the cluster where that is all of them.
func (c *converter) permissions() {
	taken := map[string]int{}
	unique := func(permission map[string]any, suffix string) string {
		name := account(permission)
		if name != c.operator() && !strings.HasPrefix(name, c.operator()+"-") {
			name = c.operator() + "-" + name
		}
		name += suffix
		if taken[name]++; taken[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, taken[name])
		}
		return name
	}
	for _, permission := range list(c.csv, "spec", "install", "spec", "clusterPermissions") {
		c.clusterPermission(unique(permission, ""), permission, rules(permission), "")
	}
	condition := ""
	if c.watch == WatchChosen {
		condition = "cond." + watchAllName
	}
	for _, permission := range list(c.csv, "spec", "install", "spec", "permissions") {
		name := unique(permission, "-watched")
		if c.watch != WatchOwn && (c.watch == WatchAll || c.watchesAll()) {
			all := append(rules(permission), map[string]any{
				"verbs": []any{"get", "list", "watch"}, "apiGroups": []any{""}, "resources": []any{"namespaces"},
			})
			c.clusterPermission(name, permission, all, condition)
		}
		switch c.watch {
		case WatchOwn:
			c.add(role("Role", name, c.namespace, rules(permission)))
			c.add(c.binding("RoleBinding", name, c.namespace, account(permission)))
		case WatchChosen:
			c.permissionTemplate(name, permission)
		}
	}
	c.decide(scaffold.TopicObject, "", "roles and bindings are named after operator and service account",
		"OLM names them after the version and a number, which would make them anew with each release")
}

func account(permission map[string]any) string {
	return cmp.Or(text(permission, "serviceAccountName"), "default")
}

func rules(permission map[string]any) []any {
	given, _ := permission["rules"].([]any)
	return slices.Clone(given)
}

func (c *converter) clusterPermission(name string, permission map[string]any, rules []any, condition string) {
	for _, fields := range []map[string]any{
		role("ClusterRole", name, "", rules), c.binding("ClusterRoleBinding", name, "", account(permission)),
	} {
		c.input.Objects = append(c.input.Objects, scaffold.InputObject{Content: fields, Origin: c.csvFile, Condition: condition})
	}
}

func role(kind, name, namespace string, rules []any) map[string]any {
	metadata := map[string]any{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	return map[string]any{"apiVersion": rbacGroup + "/v1", "kind": kind, "metadata": metadata, "rules": rules}
}

func (c *converter) binding(kind, name, namespace, account string) map[string]any {
	fields := role(kind, name, namespace, nil)
	delete(fields, "rules")
	fields["roleRef"] = map[string]any{"apiGroup": rbacGroup, "kind": strings.TrimSuffix(kind, "Binding"), "name": name}
	fields["subjects"] = []any{map[string]any{"kind": "ServiceAccount", "name": account, "namespace": c.namespace}}
	return fields
}

// permissionTemplate makes a role and a binding in each namespace that is watched.
func (c *converter) permissionTemplate(name string, permission map[string]any) {
	template := roleTemplate(name, account(permission), rules(permission))
	c.input.Objects = append(c.input.Objects, scaffold.InputObject{
		Content: role("Role", name, "", rules(permission)), Origin: c.csvFile,
		Phase: scaffold.PhaseRBAC, Path: scaffold.PhaseRBAC + "/" + name + ".yaml", Template: []byte(template),
	})
}

// roleTemplate writes a template by hand: Make has no objects that come in numbers.
func roleTemplate(name, account string, rules []any) string {
	indented := escaped(scaffold.MarshalObject(map[string]any{"rules": rules}))
	named, subject := escaped(scaffold.MarshalObject(map[string]any{"name": name})), escaped(scaffold.MarshalObject(map[string]any{"name": account}))
	return `{{- /* One role and one binding in each namespace that the operator watches. */ -}}
{{- $namespace := .config.namespace -}}
{{- range .config.` + watchProperty + ` }}
---
apiVersion: ` + rbacGroup + `/v1
kind: Role
metadata:
  ` + named + `  namespace: {{ . | toJson }}
  annotations:
    package-operator.run/phase: ` + scaffold.PhaseRBAC + `
` + indented + `---
apiVersion: ` + rbacGroup + `/v1
kind: RoleBinding
metadata:
  ` + named + `  namespace: {{ . | toJson }}
  annotations:
    package-operator.run/phase: ` + scaffold.PhaseRBAC + `
roleRef:
  apiGroup: ` + rbacGroup + `
  kind: Role
  ` + named + `subjects:
- kind: ServiceAccount
  ` + subject + `  namespace: "{{ $namespace }}"
{{- end }}
`
}

// escaped is text that a template gives back as it is.
func escaped(text []byte) string { return strings.ReplaceAll(string(text), "{{", `{{ "{{" }}`) }
