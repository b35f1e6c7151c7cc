package cli

import (
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Commands with one form of result beside JSON have --json, those with more have
// --output. Both know the other one, too: nobody has to remember which is which.
// The aliases are hidden, so that help shows one way.

// jsonAlias is --json of a command that has --output.
type jsonAlias struct{ form *choice }

// String implements pflag.Value.
func (a jsonAlias) String() string {
	return strconv.FormatBool(a.form != nil && a.form.value == "json")
}

// Type implements pflag.Value.
func (a jsonAlias) Type() string { return "bool" }

// Set implements pflag.Value.
func (a jsonAlias) Set(text string) error {
	wanted, err := strconv.ParseBool(text)
	if err == nil && wanted {
		err = a.form.Set("json")
	}
	return err
}

// outputAlias is --output of a command that has --json.
type outputAlias struct {
	choice
	json pflag.Value
}

// Set implements pflag.Value.
func (a *outputAlias) Set(text string) error {
	if err := a.choice.Set(text); err != nil {
		return err
	}
	return a.json.Set(strconv.FormatBool(text == "json"))
}

// addJSONAliases gives the commands that print JSON the flag that they do not have.
func addJSONAliases(command *cobra.Command) {
	for _, child := range command.Commands() {
		addJSONAliases(child)
	}
	flags := command.Flags()
	output, json := flags.Lookup("output"), flags.Lookup("json")
	switch {
	case output != nil && json == nil:
		if form, ok := output.Value.(*choice); ok && slices.Contains(form.allowed, "json") {
			flag := flags.VarPF(jsonAlias{form}, "json", "", "the same as --output json")
			flag.NoOptDefVal, flag.Hidden = "true", true
		}
	case output == nil && json != nil:
		shorthand := "o"
		if flags.ShorthandLookup(shorthand) != nil {
			shorthand = ""
		}
		flags.VarPF(&outputAlias{oneOf("human", "json"), json.Value}, "output", shorthand, "the same as --json").Hidden = true
	}
}
