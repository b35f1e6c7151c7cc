package cli

import (
	"cmp"
	"slices"

	"github.com/spf13/cobra"
)

// commandGroups are the commands by what people do with them, in the order in which
// they come into use. A command that is in no group is listed last.
var commandGroups = []struct {
	title    string
	commands []string
}{
	{"Write a package:", []string{"init", "import", "validate", "render", "tree", "test", "lint", "lock", "diff"}},
	{"Describe it:", []string{"inspect", "docs", "graph", "schema"}},
	{"Build, move and find packages:", []string{"build", "push", "pull", "copy", "versions", "repo", "export"}},
	{"Install them in clusters:", []string{"plan", "apply", "wait", "status", "history", "rollback", "drift", "delete", "list", "get", "pause", "resume"}},
	{"Trust them:", []string{"sign", "verify", "attach", "referrers"}},
	{"Registries and this machine:", []string{"login", "logout", "cache", "registry"}},
}

// inOrderOfUse sorts commands of the root as commandGroups has them. Commands that
// are in no group come last.
func inOrderOfUse(commands []*cobra.Command) []*cobra.Command {
	var order []string
	for _, group := range commandGroups {
		order = append(order, group.commands...)
	}
	position := func(command *cobra.Command) int {
		if at := slices.Index(order, command.Name()); at >= 0 && command.GroupID != "" {
			return at
		}
		return len(order)
	}
	ordered := slices.Clone(commands)
	slices.SortStableFunc(ordered, func(a, b *cobra.Command) int { return cmp.Compare(position(a), position(b)) })
	return ordered
}

func groupCommands(root *cobra.Command) {
	for _, group := range commandGroups {
		root.AddGroup(&cobra.Group{ID: group.title, Title: group.title})
		for _, command := range root.Commands() {
			for _, name := range group.commands {
				if command.Name() == name {
					command.GroupID = group.title
				}
			}
		}
	}
}
