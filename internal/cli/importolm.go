package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/scaffold/bundle"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func (p *program) importOLMCommand() *cobra.Command {
	var (
		flags        importFlags
		namespace    string
		watch        = oneOf("auto", "all", "own", "chosen")
		certificates = oneOf("cert-manager", "openshift")
	)
	command := &cobra.Command{
		Use:   "olm FOLDER|IMAGE",
		Short: "Make a package of a bundle of the Operator Lifecycle Manager",
		Long: `Make a package of a bundle in the format registry+v1: a folder with manifests/ and
metadata/, or an image of one, in a registry, a tar or a layout.

What OLM makes of a ClusterServiceVersion becomes objects: deployments, service accounts,
roles, services, webhooks and their certificates. What OLM chooses becomes configuration:
the namespace, and the namespaces to watch where the bundle lets one choose.`,
		Example: `  packstage import olm ./bundle
  packstage import olm registry.example.com/backup/operator-bundle:v1.7.0 --dir ./backup-operator`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			if _, err := flags.options(); err != nil {
				return err
			}
			if err := flags.checkFolder(); err != nil {
				return err
			}
			files, err := p.readBundle(command.Context(), args[0], &flags)
			if err != nil {
				return err
			}
			options := bundle.Options{Namespace: namespace, Limits: importLimits()}
			if watch.value != "auto" {
				options.Watch = bundle.Watch(watch.value)
			}
			if certificates.value != "cert-manager" {
				options.Certificates = bundle.Certificates(certificates.value)
			}
			input, err := bundle.Convert(files, options)
			if err != nil {
				return err
			}
			return p.finishImport(command, *input, &flags)
		},
		ValidArgsFunction: completeTarget,
	}
	flags.add(command)
	command.Flags().StringVarP(&namespace, "namespace", "n", "", "default `NAME` of the operator's namespace; without it what the bundle suggests")
	choiceFlag(command, &watch, "watch", "", "namespaces that the operator watches: all, its own, or those that a property of the configuration says")
	choiceFlag(command, &certificates, "certificates", "", "who makes the certificates of webhooks")
	return command
}

// readBundle reads the files of a bundle, wherever it is.
func (p *program) readBundle(ctx context.Context, argument string, flags *importFlags) (*packagetypes.Files, error) {
	found, err := parseTarget(argument)
	if err != nil {
		return nil, err
	}
	if found.kind == folderTarget {
		content, err := packageloader.FromFolder(found.path, packageloader.FolderOptions{}).Open(ctx, importLimits())
		if err != nil {
			return nil, err
		}
		return content.Files, nil
	}
	client, done, err := flags.client(p)
	if err != nil {
		return nil, err
	}
	defer done()
	artifact, err := packageloader.OpenArtifactFrom(ctx, found.source(client, false), packageloader.ArtifactOptions{Limits: importLimits()})
	if err != nil {
		return nil, err
	}
	return artifact.Files, nil
}
