package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/internal/objectyaml"
)

func (p *program) getCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "get",
		Short: "Print the configuration or the objects of a revision",
	}, p.getValuesCommand(), p.getManifestCommand())
}

// getFlags say which revision is meant.
type getFlags struct {
	releaseFlags
	revision int
	output   choice
}

func (f *getFlags) add(p *program, command *cobra.Command) {
	f.releaseFlags.add(p, command)
	f.output = oneOf("yaml", "json")
	command.Flags().IntVar(&f.revision, "revision", 0, "`NUMBER` of the revision (default: the newest)")
	_ = command.RegisterFlagCompletionFunc("revision", p.completeRevision(&f.releaseFlags))
	choiceFlag(command, &f.output, "output", "o", "form of the result")
}

func (f *getFlags) content(command *cobra.Command, p *program, name string) (*history.Content, history.Revision, error) {
	if f.revision < 0 {
		return nil, history.Revision{}, usagef("--revision %d: revisions count from 1", f.revision)
	}
	connected, release, err := f.open(command, p, name)
	if err != nil {
		return nil, history.Revision{}, err
	}
	content, revision, err := connected.reader().Content(command.Context(), release, f.revision)
	return content, revision, p.releaseFailed(command.Context(), connected, release, err)
}

func (p *program) getValuesCommand() *cobra.Command {
	var flags getFlags
	command := &cobra.Command{
		Use:   "values RELEASE",
		Short: "Print the configuration of a revision",
		Long: `Print the configuration that a revision was rendered with, defaults included, as
a file for --config. It holds the secrets of the configuration.`,
		Example: `  packstage get values shop -n shop
  packstage get values shop -n shop --revision 3 > values.yaml`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			content, _, err := flags.content(command, p, args[0])
			if err != nil {
				return err
			}
			config := content.Instance.AdmittedConfig
			if config == nil {
				config = map[string]any{}
			}
			return p.result(func(w io.Writer) error {
				if flags.output.value == "json" {
					return printJSON(w, config)
				}
				text, err := objectyaml.Marshal(config)
				if err != nil {
					return err
				}
				_, err = w.Write(text)
				return err
			})
		},
	}
	flags.add(p, command)
	return command
}

func (p *program) getManifestCommand() *cobra.Command {
	var (
		flags   getFlags
		secrets bool
	)
	command := &cobra.Command{
		Use:   "manifest RELEASE",
		Short: "Print the objects of a revision",
		Long: `Print the objects of a revision in the order of installation, as render prints them.
The data of Secrets is masked, and sensitive values of the configuration in other
objects, unless --show-secrets asks for them.`,
		Example: `  packstage get manifest shop -n shop
  packstage get manifest shop -n shop --revision 3 --show-secrets | kubectl diff -f -`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			content, _, err := flags.content(command, p, args[0])
			if err != nil {
				return err
			}
			instance := content.Instance
			if !secrets {
				instance = withoutSecrets(instance)
			}
			return p.result(func(w io.Writer) error {
				if flags.output.value == "json" {
					rendered := newRenderedPackage(instance)
					rendered.AdmittedConfig = nil // get values prints it
					rendered.Digest = content.Instance.Digest()
					return printJSON(w, rendered)
				}
				return printYAML(w, instance)
			})
		},
	}
	flags.add(p, command)
	command.Flags().BoolVar(&secrets, "show-secrets", false, "print the data of Secrets and sensitive values")
	return command
}

// maskedValue stands for a value that is not shown.
const maskedValue = "(not shown)"

func isSecretKind(apiVersion, kind any) bool {
	version, _ := apiVersion.(string)
	return kind == "Secret" && !strings.Contains(version, "/")
}
