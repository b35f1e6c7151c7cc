package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Sections of help into which flags go that many commands have, so that those of the
// command itself are found. They are printed in this order.
const (
	renderSection   = "What it is rendered with"
	registrySection = "Registries, cache and signatures"
	clusterSection  = "Cluster"
)

// sectionAnnotation is where a flag keeps its section.
const sectionAnnotation = "packstage-section"

// inSection puts the flags that add adds into a section.
func inSection(command *cobra.Command, section string, add func()) {
	before := map[string]bool{}
	command.Flags().VisitAll(func(flag *pflag.Flag) { before[flag.Name] = true })
	add()
	command.Flags().VisitAll(func(flag *pflag.Flag) {
		if !before[flag.Name] {
			_ = command.Flags().SetAnnotation(flag.Name, sectionAnnotation, []string{section})
		}
	})
}

// printUsage prints what help says below the text of a command. On a terminal the
// descriptions of flags are broken into lines of its width.
func (p *program) printUsage(command *cobra.Command) error {
	var b strings.Builder
	if command.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "Usage:\n  %s COMMAND\n", command.CommandPath())
	} else {
		fmt.Fprintf(&b, "Usage:\n  %s\n", command.UseLine())
	}
	if command.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", command.Example)
	}
	groups := append(slices.Clone(command.Groups()), &cobra.Group{Title: "Other commands:"})
	if len(groups) == 1 {
		groups[0].Title = "Commands:"
	}
	for _, group := range groups {
		var lines []string
		for _, child := range inOrderOfUse(command.Commands()) {
			if child.GroupID == group.ID && child.IsAvailableCommand() {
				lines = append(lines, fmt.Sprintf("  %-*s %s\n", child.NamePadding(), child.Name(), child.Short))
			}
		}
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s\n%s", group.Title, strings.Join(lines, ""))
		}
	}
	width, _ := terminalWidth(p.Stdout)
	for _, section := range []string{"", renderSection, clusterSection, registrySection} {
		flags := pflag.NewFlagSet(command.Name(), pflag.ContinueOnError)
		command.LocalFlags().VisitAll(func(flag *pflag.Flag) {
			if strings.Join(flag.Annotations[sectionAnnotation], "") == section {
				flags.AddFlag(flag)
			}
		})
		writeUsages(&b, width, section, flags)
	}
	writeUsages(&b, width, "Flags of all commands", command.InheritedFlags())
	if command.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s COMMAND --help says more about a command.\n", command.CommandPath())
	}
	_, err := io.WriteString(command.OutOrStdout(), b.String())
	return err
}

func writeUsages(b *strings.Builder, width int, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	if title == "" {
		title = "Flags"
	}
	fmt.Fprintf(b, "\n%s:\n%s", title, flags.FlagUsagesWrapped(width))
}
