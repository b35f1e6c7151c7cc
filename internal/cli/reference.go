package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// WriteReference writes the reference of all commands as Markdown.
func WriteReference(w io.Writer) error {
	p := newProgram(Invocation{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard})
	root := p.rootCommand()
	var out bytes.Buffer
	out.WriteString("# Command line\n\nThis file is generated from the program's own help; see CONTRIBUTING.md.\n\n")
	out.WriteString(root.Long + "\n\n")
	out.WriteString("Flags of all commands:\n\n")
	writeFlags(&out, root.PersistentFlags())
	out.WriteString("\n`build`, `push` and `pull` print the digest of the image and nothing else, or with\n" +
		"`--json` an object: `schemaVersion`, `digest`, `references`, `output`,\n" +
		"and from `build --sbom --provenance`, `attached`. All JSON\n" +
		"documents have a `schemaVersion`, which rises when a field is removed or changes\n" +
		"its meaning, not when one is added.\n")
	writeCommands(&out, root)
	out.WriteString(jsonReference)
	out.WriteString(eventReference)
	_, err := w.Write(out.Bytes())
	return err
}

const jsonReference = `
## The JSON of render

| field | meaning |
|---|---|
| ` + "`schemaVersion`" + ` | 1 |
| ` + "`phases[].name`, `.class`" + ` | the phases in the order of installation, without empty ones; no class where the phase has none |
| ` + "`phases[].objects[].object`" + ` | the object |
| ` + "`phases[].objects[].conditionMappings[]`" + ` | ` + "`sourceType` and `destinationType`" + `; left out where there are none |
| ` + "`phases[].objects[].collisionProtection`" + ` | left out where the object says nothing |
| ` + "`phases[].objects[].source`" + ` | ` + "`file`, `line` (left out where it is not known) and `document`" + `, counted from 1; for a template, the line of the text or action that the object begins with |
| ` + "`availabilityProbes[]`" + ` | as in the manifest |
| ` + "`admittedConfig`" + ` | the configuration as the templates saw it, secrets included |
| ` + "`contentDigest`" + ` | that of the package's files |
| ` + "`imageDigest`" + ` | that of the image; left out where the package came from none |
| ` + "`digest`" + ` | that of what was rendered |
`

const eventReference = `
## The JSON lines of apply, wait, rollback and delete

With ` + "`--output json`" + ` each event is an object on a line of its own, and the result is the
last one. Programs pass over types and fields that they do not know.

| field | meaning |
|---|---|
| ` + "`type`" + ` | ` + "`lease`, `preflight`, `revision`, `phase`, `object`, `waiting`, `available`, `phase-available`, `removing`, `deleted`, `kept`, `retry`, `warning`, `finished`, `failed`" + `, and ` + "`result`" + ` for the last line |
| ` + "`time`" + ` | when it happened |
| ` + "`release`" + ` | ` + "`namespace` and `name`" + ` |
| ` + "`revision`, `phase`, `object`" + ` | what it is about, where that is known |
| ` + "`action`" + ` | what was done with the object: ` + "`create`, `change`, `unchanged`, `adopt`, `delete`, `keep`" + ` |
| ` + "`reason`, `message`" + ` | for programs, and for people |
| ` + "`done`, `total`" + ` | how many objects, where progress is told |

The result:

| field | meaning |
|---|---|
| ` + "`schemaVersion`" + ` | 1 |
| ` + "`release`, `revision`, `state`" + ` | the state is ` + "`Available`, `Progressing`, `Failed` or `Removing`" + `, and empty for a release that is gone |
| ` + "`newRevision`, `rolledBack`" + ` | whether a revision was made, and whether the one before is back |
| ` + "`created`, `changed`, `adopted`, `unchanged`, `deleted`" + ` | numbers of objects |
| ` + "`kept[]`" + ` | ` + "`object` and `why`" + ` of objects that stay |
| ` + "`waiting[]`" + ` | ` + "`object`, `phase`, `reason`, `message`, `since`" + ` of what is waited for |
| ` + "`warnings[]`" + ` | findings that kept nothing from being done |
| ` + "`error`, `diagnostics[]`" + ` | what the operation ended with, and the findings that kept it from beginning; left out where it succeeded |
`

func writeCommands(out *bytes.Buffer, parent *cobra.Command) {
	for _, command := range parent.Commands() {
		if command.Name() == "help" {
			continue
		}
		if command.HasSubCommands() {
			writeCommands(out, command)
			continue
		}
		fmt.Fprintf(out, "\n## %s\n\n", command.CommandPath())
		fmt.Fprintf(out, "    %s\n\n", command.UseLine())
		text := command.Long
		if text == "" {
			text = command.Short + "."
		}
		out.WriteString(text + "\n")
		if command.Example != "" {
			fmt.Fprintf(out, "\n```sh\n%s\n```\n", unindented(command.Example))
		}
		if command.HasAvailableLocalFlags() {
			out.WriteString("\n")
			writeFlags(out, command.LocalNonPersistentFlags())
		}
	}
}

func unindented(text string) string {
	return strings.ReplaceAll(strings.TrimPrefix(text, "  "), "\n  ", "\n")
}

func writeFlags(out *bytes.Buffer, flags *pflag.FlagSet) {
	out.WriteString("| flag | meaning |\n|---|---|\n")
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Name == "help" || flag.Hidden {
			return
		}
		kind, meaning := pflag.UnquoteUsage(flag)
		name := "--" + flag.Name
		if flag.Shorthand != "" {
			name = "-" + flag.Shorthand + ", " + name
		}
		if kind != "" {
			name += " " + kind
		}
		switch flag.DefValue {
		case "", "false", "[]", "0s":
		default:
			meaning += " (default: " + flag.DefValue + ")"
		}
		fmt.Fprintf(out, "| `%s` | %s |\n", strings.ReplaceAll(name, "|", `\|`), strings.ReplaceAll(meaning, "|", `\|`))
	})
}
