package scaffold

import (
	"fmt"
	"slices"
	"strings"
)

// templateNamespace puts the namespace of the instance wherever that of the source
// stands.
func (m *maker) templateNamespace() {
	if m.namespaceExpression == "" {
		return
	}
	given := 0
	for _, o := range m.objects {
		if o.Template != nil {
			continue
		}
		if o.scopeKnown && o.namespaced && o.namespace() == "" {
			metadata, _ := o.Content["metadata"].(map[string]any)
			metadata["namespace"] = m.namespace
			given++
		}
		for i, s := range o.Substitutions {
			o.Substitutions[i].Parts = slices.Clone(s.Parts)
			for j, part := range s.Parts {
				o.Substitutions[i].Parts[j].Expression = withNamespace(part.Expression, m.namespaceExpression)
			}
		}
		m.templateNamespaceIn(o)
	}
	if given > 0 {
		m.decide(Decision{Topic: TopicScope, Field: "metadata.namespace",
			Message: fmt.Sprintf("%s set to {{ %s }}", countOf(given, "object has its namespace", "objects have their namespace"), m.namespaceExpression),
			Reason:  "they had none, and kubectl would choose one when they are applied"})
	}
}

func countOf(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

// withNamespace puts the expression of the namespace into one that asks for it.
func withNamespace(expression, namespace string) string {
	if expression == instanceNamespace {
		return namespace
	}
	if strings.Contains(namespace, " ") {
		namespace = "(" + namespace + ")"
	}
	return strings.ReplaceAll(expression, instanceNamespace, namespace)
}

func (m *maker) templateNamespaceIn(o *object) {
	expression := Part{Expression: m.namespaceExpression}
	embedded := 0
	walkText(o.Content, nil, func(path []any, text string) {
		if !strings.Contains(text, m.namespace) || o.substituted(path) {
			return
		}
		switch {
		case text == m.namespace && isNamespaceField(o, path):
			o.substitute(Substitution{Path: path, Parts: []Part{expression}, Form: FormQuoted})
		case isOpaque(o, path):
		default:
			if parts := splitNamespace(path, text, m.namespace, expression); len(parts) > 1 {
				if o.substitute(Substitution{Path: path, Parts: parts, Form: FormQuoted}) {
					embedded++
				}
				return
			}
			m.noticeNamespace(o, path, text)
		}
	})
	if embedded > 0 {
		m.decide(o.about(TopicScope, fmt.Sprintf("the namespace is templated in %s", countOf(embedded, "text", "texts")),
			"names of services and references to certificates hold it"))
	}
}

// isNamespaceField tells whether a field is a reference to a namespace.
func isNamespaceField(o *object, path []any) bool {
	last := path[len(path)-1]
	if last == "namespace" {
		// Of the object, of subjects, of services of webhooks, of references.
		return len(path) < 2 || !isFreeMapping(path[len(path)-2])
	}
	if last == "kubernetes.io/metadata.name" {
		return true
	}
	if o.kind.kind == "Namespace" && o.kind.group == "" && slices.Equal(path, []any{"metadata", "name"}) {
		return true
	}
	if _, index := last.(int); !index || len(path) < 2 {
		return false
	}
	switch path[len(path)-2] {
	case "namespaces", "matchNames":
		return true
	case "values": // of a requirement on the label that every namespace has
		key, _ := lookup(o.Content, append(slices.Clone(path[:len(path)-2]), "key")...)
		return key == "kubernetes.io/metadata.name"
	}
	return false
}

// isFreeMapping tells whether a field holds a mapping whose keys people choose: there
// "namespace" is a word like any other.
func isFreeMapping(field any) bool {
	switch field {
	case "labels", "annotations", "matchLabels", "selector", "nodeSelector", "data", "stringData", "binaryData":
		return true
	}
	return false
}

// What the names of users and groups begin with that stand for service accounts.
const (
	serviceAccountUser  = "system:serviceaccount:"
	serviceAccountGroup = "system:serviceaccounts:"
)

// isOpaque tells whether a field holds what nobody should look into.
func isOpaque(o *object, path []any) bool {
	return o.kind.kind == "Secret" && path[0] != "metadata" || o.kind.kind == "CustomResourceDefinition" && path[0] != "metadata" ||
		o.kind.group == "" && o.kind.kind == "ConfigMap" && path[0] == "binaryData"
}

// splitNamespace finds the namespace in names of services ("db.shop.svc"), in names of
// users that are service accounts, and in the annotations by which cert-manager finds a
// certificate.
func splitNamespace(path []any, text, namespace string, expression Part) []Part {
	if last := path[len(path)-1]; path[0] == "metadata" && (last == "cert-manager.io/inject-ca-from" || last == "cert-manager.io/inject-ca-from-secret") {
		if rest, ok := strings.CutPrefix(text, namespace+"/"); ok {
			return []Part{expression, {Literal: "/" + rest}}
		}
		return nil
	}
	if account, ok := strings.CutPrefix(text, serviceAccountUser+namespace+":"); ok {
		return []Part{{Literal: serviceAccountUser}, expression, {Literal: ":" + account}}
	}
	if text == serviceAccountGroup+namespace {
		return []Part{{Literal: serviceAccountGroup}, expression}
	}
	var parts []Part
	needle := "." + namespace + ".svc"
	literal, rest := "", text
	for {
		at := strings.Index(rest, needle)
		if at < 0 {
			break
		}
		end := at + len(needle)
		isName := (at > 0 && isNameByte(rest[at-1])) && (end == len(rest) || !isNameByte(rest[end]))
		if !isName {
			literal, rest = literal+rest[:end], rest[end:]
			continue
		}
		parts = append(parts, Part{Literal: literal + rest[:at+1]}, expression)
		literal, rest = "", rest[end-len(".svc"):]
	}
	if parts == nil {
		return nil
	}
	return append(parts, Part{Literal: literal + rest})
}

func isNameByte(c byte) bool { return isLowerOrDigit(rune(c)) || c == '-' || 'A' <= c && c <= 'Z' }

// noticeNamespace points at the namespace where it may be meant, in arguments and
// environment of containers and in what ConfigMaps hold.
func (m *maker) noticeNamespace(o *object, path []any, text string) {
	inData := o.kind == (groupKind{"", "ConfigMap"}) && path[0] == "data"
	if !inData && !slices.Contains(path, any("args")) && !slices.Contains(path, any("env")) && !slices.Contains(path, any("command")) {
		return
	}
	if path[len(path)-1] == "name" {
		return
	}
	if inData && strings.Contains(text, "\n") {
		if namesNamespace(text, m.namespace) {
			m.decide(o.aboutField(TopicAttention, path, "the text stays as it is",
				fmt.Sprintf("a line of it has the namespace %s, which the instance chooses now", m.namespace)))
		}
		return
	}
	if text == m.namespace || strings.HasSuffix(text, "="+m.namespace) || !inData && strings.HasSuffix(text, " "+m.namespace) {
		m.decide(o.aboutField(TopicAttention, path, fmt.Sprintf("%q stays as it is", text),
			"it looks like the namespace, which the instance chooses now"))
	}
}

// namesNamespace reports whether a line of a text says that something is in the
// namespace: "namespace: shop" or "namespace=shop", with quotes or without.
func namesNamespace(text, namespace string) bool {
	for line := range strings.Lines(text) {
		_, after, found := strings.Cut(line, "namespace")
		for ; found; _, after, found = strings.Cut(after, "namespace") {
			value := strings.TrimLeft(after, `"' :=`)
			rest, same := strings.CutPrefix(value, namespace)
			if same && len(value) < len(after) && (rest == "" || !isNameByte(rest[0])) {
				return true
			}
		}
	}
	return false
}
