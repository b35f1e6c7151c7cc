package docs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/matrix"
)

const (
	rbacGroup       = "rbac.authorization.k8s.io"
	aggregateLabel  = rbacGroup + "/aggregate-to-"
	everywhere      = "all namespaces"
	clusterRole     = "ClusterRole"
	adminRole       = "cluster-admin"
	everythingInRBA = "everything"
)

// role is one of a case, or one that only a binding names.
type role struct {
	kind, namespace, name string
	// May are its permissions; nil of one that the package does not have.
	may     []allowance
	here    bool
	helpsTo []string
}

// allowance is one rule of a role in words.
type allowance struct{ may, remark string }

// permissionsOf says what the roles and bindings of all cases allow.
func permissionsOf(cases [][]placed, rendered []matrix.Rendered) []Permission {
	var order []string
	known := map[string]*Permission{}
	for i, objects := range cases {
		for _, permission := range permissionsOfCase(objects) {
			key := fmt.Sprintf("%q", []any{permission.Subjects, permission.Where, permission.May, permission.Role, permission.Binding})
			if known[key] == nil {
				known[key] = &permission
				order = append(order, key)
			}
			if name := rendered[i].Case.Name; !slices.Contains(known[key].Cases, name) {
				known[key].Cases = append(known[key].Cases, name)
			}
		}
	}
	var listed []Permission
	for _, key := range order {
		known[key].Conditional = len(known[key].Cases) < len(cases)
		listed = append(listed, *known[key])
	}
	return listed
}

func permissionsOfCase(objects []placed) []Permission {
	roles := map[string]*role{}
	var order []string
	for _, p := range objects {
		kind := p.GroupVersionKind()
		if kind.Group != rbacGroup || kind.Kind != clusterRole && kind.Kind != "Role" {
			continue
		}
		r := &role{kind: kind.Kind, namespace: p.namespace(), name: p.name(), here: true}
		if kind.Kind == clusterRole {
			r.namespace = ""
		}
		content := p.text().(map[string]any)
		rules, _ := content["rules"].([]any)
		for _, rule := range rules {
			if rule, ok := rule.(map[string]any); ok {
				r.may = append(r.may, describeRule(rule)...)
			}
		}
		metadata, _ := content["metadata"].(map[string]any)
		labels, _ := metadata["labels"].(map[string]any)
		for _, label := range slices.Sorted(maps.Keys(labels)) {
			if to, ok := strings.CutPrefix(label, aggregateLabel); ok && labels[label] == "true" {
				r.helpsTo = append(r.helpsTo, "whoever has the role "+code(to))
			}
		}
		key := r.key()
		if roles[key] == nil {
			order = append(order, key)
		}
		roles[key] = r
	}
	var listed []Permission
	bound := map[string]bool{}
	for _, p := range objects {
		kind := p.GroupVersionKind()
		if kind.Group != rbacGroup || kind.Kind != "ClusterRoleBinding" && kind.Kind != "RoleBinding" {
			continue
		}
		content := p.text().(map[string]any)
		reference, _ := content["roleRef"].(map[string]any)
		wanted := &role{kind: textOf(reference, "kind"), name: textOf(reference, "name")}
		where := everywhere
		if kind.Kind == "RoleBinding" {
			where = "namespace " + code(p.namespace())
			if wanted.kind == "Role" {
				wanted.namespace = p.namespace()
			}
		}
		if r := roles[wanted.key()]; r != nil {
			wanted = r
			bound[r.key()] = true
		}
		listed = append(listed, wanted.permissions(subjectsOf(content, p.namespace()), where, kind.Kind+" "+p.name())...)
	}
	for _, key := range order {
		if r := roles[key]; len(r.helpsTo) > 0 {
			listed = append(listed, r.permissions(r.helpsTo, "where they have it", "")...)
		} else if !bound[key] {
			listed = append(listed, r.permissions(nil, "", "")...)
		}
	}
	return listed
}

// text returns the content of an object with placeholders, as a copy.
func (p placed) text() any { return replaced(p.named.Content()) }

func replaced(value any) any {
	switch value := value.(type) {
	case string:
		return placeholders.Replace(value)
	case map[string]any:
		copied := make(map[string]any, len(value))
		for key, child := range value {
			copied[key] = replaced(child)
		}
		return copied
	case []any:
		copied := make([]any, len(value))
		for i, child := range value {
			copied[i] = replaced(child)
		}
		return copied
	default:
		return value
	}
}

func (r *role) key() string { return fmt.Sprintf("%q", []string{r.kind, r.namespace, r.name}) }

// permissions returns one for each rule.
func (r *role) permissions(subjects []string, where, binding string) []Permission {
	may := r.may
	if !r.here {
		wide := allowance{may: "everything that the " + r.kind + " " + code(r.name) + " allows"}
		if r.kind == clusterRole && r.name == adminRole {
			wide.remark = everythingInRBA
		}
		may = []allowance{wide}
	}
	var listed []Permission
	for _, one := range may {
		listed = append(listed, Permission{
			Subjects: subjects, Where: where, May: one.may, Role: r.kind + " " + r.name, Binding: binding, Remark: one.remark,
		})
	}
	return listed
}

func subjectsOf(binding map[string]any, namespace string) []string {
	entries, _ := binding["subjects"].([]any)
	var subjects []string
	for _, entry := range entries {
		subject, _ := entry.(map[string]any)
		name := textOf(subject, "name")
		switch kind := textOf(subject, "kind"); kind {
		case "ServiceAccount":
			in := textOf(subject, "namespace")
			if in == "" {
				in = namespace
			}
			if in != "" {
				name = in + "/" + name
			}
			subjects = append(subjects, "service account "+code(name))
		default:
			subjects = append(subjects, strings.ToLower(kind)+" "+code(name))
		}
	}
	return subjects
}

func textOf(content map[string]any, key string) string {
	text, _ := content[key].(string)
	return text
}

func textsOf(content map[string]any, key string) []string {
	entries, _ := content[key].([]any)
	var texts []string
	for _, entry := range entries {
		if text, ok := entry.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}
