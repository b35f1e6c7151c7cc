package docs

import (
	"slices"
	"strings"
)

// describeRule says what a rule of a role allows. A rule that speaks of resources and
// of URLs gives two.
func describeRule(rule map[string]any) []allowance {
	verbs := textsOf(rule, "verbs")
	if len(verbs) == 0 {
		return nil
	}
	var listed []allowance
	if resources := resourcesOf(rule); len(resources) > 0 {
		text := doing(verbs) + " " + joinWords(resources)
		if names := textsOf(rule, "resourceNames"); len(names) > 0 {
			text += " named " + joinWords(coded(names))
		}
		listed = append(listed, allowance{text, remarkOn(rule, verbs)})
	}
	if urls := textsOf(rule, "nonResourceURLs"); len(urls) > 0 {
		listed = append(listed, allowance{may: doing(verbs) + " the URLs " + joinWords(coded(urls))})
	}
	return listed
}

func doing(verbs []string) string {
	if slices.Contains(verbs, "*") {
		return "do anything with"
	}
	return joinWords(verbs)
}

func coded(texts []string) []string {
	var marked []string
	for _, text := range texts {
		marked = append(marked, code(text))
	}
	return marked
}

// resourcesOf lists the resources of a rule with their groups, those of the core
// group without.
func resourcesOf(rule map[string]any) []string {
	groups, resources := textsOf(rule, "apiGroups"), textsOf(rule, "resources")
	if slices.Contains(resources, "*") {
		switch {
		case slices.Contains(groups, "*"):
			return []string{"all resources"}
		case len(groups) == 0:
			return nil
		}
		var names []string
		for _, group := range groups {
			if group == "" {
				group = "core"
			}
			names = append(names, code(group))
		}
		if len(names) == 1 {
			return []string{"all resources of the group " + names[0]}
		}
		return []string{"all resources of the groups " + joinWords(names)}
	}
	var listed []string
	for _, group := range groups {
		for _, resource := range resources {
			switch group {
			case "":
				listed = append(listed, code(resource))
			case "*":
				listed = append(listed, code(resource)+" of all groups")
			default:
				base, sub, isSub := strings.Cut(resource, "/")
				name := base + "." + group
				if isSub {
					name += "/" + sub
				}
				listed = append(listed, code(name))
			}
		}
	}
	return listed
}

// remarkOn says why a rule is a wide one.
func remarkOn(rule map[string]any, verbs []string) string {
	groups, resources := textsOf(rule, "apiGroups"), textsOf(rule, "resources")
	has := func(list []string, wanted ...string) bool {
		return slices.Contains(list, "*") || slices.ContainsFunc(wanted, func(one string) bool { return slices.Contains(list, one) })
	}
	named := len(textsOf(rule, "resourceNames")) > 0
	switch {
	case slices.Contains(verbs, "*") && slices.Contains(resources, "*") && slices.Contains(groups, "*"):
		return everythingInRBA
	case has(groups, rbacGroup) && has(resources, "roles", "clusterroles") && has(verbs, "escalate"),
		has(groups, rbacGroup) && has(resources, "roles", "clusterroles") && has(verbs, "bind"):
		return "can gain other permissions"
	case slices.Contains(verbs, "impersonate"):
		return "can act as others"
	case has(groups, "") && has(resources, "secrets") && has(verbs, "get", "list", "watch") && !named:
		return "reads secrets"
	case has(groups, "") && has(resources, "pods/exec", "pods/attach") && has(verbs, "create", "get"):
		return "runs commands in pods"
	case slices.Contains(resources, "*") || slices.Contains(groups, "*"):
		return "wildcard"
	default:
		return ""
	}
}
