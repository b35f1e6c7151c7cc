package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/diagnostic"
)

// choice is a flag that takes one of a few words.
type choice struct {
	value   string
	allowed []string
}

// oneOf returns a choice whose default is the first word.
func oneOf(words ...string) choice { return choice{words[0], words} }

// String implements pflag.Value.
func (c *choice) String() string { return c.value }

// Type implements pflag.Value: it is what help shows behind the flag.
func (c *choice) Type() string { return strings.Join(c.allowed, "|") }

// Set implements pflag.Value.
func (c *choice) Set(word string) error {
	if !slices.Contains(c.allowed, word) {
		if near, ok := diagnostic.Suggest(word, c.allowed); ok {
			return fmt.Errorf("it is one of %s; did you mean %q?", strings.Join(c.allowed, ", "), near)
		}
		return fmt.Errorf("it is one of %s", strings.Join(c.allowed, ", "))
	}
	c.value = word
	return nil
}

// choiceFlag adds a choice to a command, with completion.
func choiceFlag(command *cobra.Command, c *choice, name, shorthand, usage string) {
	command.Flags().VarP(c, name, shorthand, usage)
	completeValues(command, name, c.allowed)
}

// completeValues completes a flag with fixed words. The error says that there
// is no such flag, which the test of the reference would show.
func completeValues(command *cobra.Command, name string, words []string) {
	_ = command.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}
