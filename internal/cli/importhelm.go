package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/chart"
	"github.com/packstage/packstage/diagnostic"
)

// importHelmFlags are passed on to helm, or say what becomes of its values.
type importHelmFlags struct {
	importFlags
	helm, namespace, releaseName             string
	version, repository, kubeVersion         string
	values, set, setString, setJSON, setFile []string
	apiVersions, config                      []string
	skipCRDs, keepLabels                     bool
	maxRenders                               int
}

func (f *importHelmFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.StringArrayVarP(&f.values, "values", "f", nil, "`FILE` with values, as for helm; what is in it becomes configuration")
	flags.StringArrayVar(&f.set, "set", nil, "a value as `KEY=VALUE`, as for helm; it becomes configuration")
	flags.StringArrayVar(&f.setString, "set-string", nil, "a text as `KEY=VALUE`, as for helm")
	flags.StringArrayVar(&f.setJSON, "set-json", nil, "a value as `KEY=JSON`, as for helm")
	flags.StringArrayVar(&f.setFile, "set-file", nil, "the content of a file as `KEY=FILE`, as for helm")
	flags.StringSliceVar(&f.config, "values-as-config", nil, "make configuration of these `VALUES` of the chart, too: dotted paths, separated by commas")
	flags.StringVarP(&f.namespace, "namespace", "n", "default", "`NAMESPACE` of the release; it becomes that of the instance")
	flags.StringVar(&f.releaseName, "release-name", "", "`NAME` of the release; without it that of the package, which is that of the chart")
	flags.StringVar(&f.version, "version", "", "`VERSION` of a chart that helm pulls, as for helm")
	flags.StringVar(&f.repository, "repo", "", "`URL` of the repository of a chart that helm pulls, as for helm")
	flags.StringVar(&f.kubeVersion, "kube-version", "", "`VERSION` of Kubernetes that the chart sees")
	flags.StringArrayVar(&f.apiVersions, "api-versions", nil, "`API` that the chart sees, such as monitoring.coreos.com/v1; repeat it for more")
	flags.BoolVar(&f.skipCRDs, "skip-crds", false, "leave the folder crds/ of the chart out")
	flags.BoolVar(&f.keepLabels, "keep-helm-labels", false, "keep helm.sh/chart and app.kubernetes.io/managed-by: Helm")
	flags.StringVar(&f.helm, "helm", "helm", "`PROGRAM` that renders the chart")
	flags.IntVar(&f.maxRenders, "max-renders", 2000, "give up after this `NUMBER` of renders of the chart")
	f.importFlags.add(command)
}

func (p *program) importHelmCommand() *cobra.Command {
	var flags importHelmFlags
	command := &cobra.Command{
		Use:   "helm CHART",
		Short: "Make a package of a Helm chart, with its values as configuration",
		Long: `Make a package of a Helm chart. CHART is a folder, a packed chart, or what else helm
takes: REPOSITORY/CHART, an oci:// reference, a URL. The helm program renders it.

Values that are given (-f, --set) or named (--values-as-config) become properties of
the configuration. Where they go is found out by rendering the chart with other
values, and proven: the package and the chart must render to the same objects with
the defaults, with each value changed, and with several. A value for which they do
not stays fixed, and the output says why. Mappings that the chart uses as a whole,
such as resources, become one property; others one for each value in them.

Name and namespace of the release become those of the instance. Hooks become objects
of phases of their own; tests of the chart are left out.`,
		Example: `  packstage import helm ./charts/shop -f production.yaml
  packstage import helm ./charts/shop --values-as-config replicaCount,image.tag,ingress.enabled
  packstage import helm oci://registry.example.com/charts/shop --version 1.2.3 --set replicaCount=2`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error { return p.importHelm(command, args[0], &flags) },
	}
	flags.add(command)
	return command
}

func (p *program) importHelm(command *cobra.Command, target string, flags *importHelmFlags) error {
	options, err := flags.options()
	if err != nil {
		return err
	}
	if err := flags.checkFolder(); err != nil {
		return err
	}
	if flags.releaseName != "" && options.Name == "" {
		options.Name = scaffold.PackageName(flags.releaseName)
	}
	ctx := command.Context()
	helm := flags.program(p, target)
	folder, err := os.MkdirTemp("", "packstage-chart-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	made, err := flags.convert(ctx, p, helm, folder, options)
	if err != nil {
		return helmError(err, target, flags)
	}
	return p.writeImport(command, made, &flags.importFlags)
}

// program is helm with what is passed on to it.
func (f *importHelmFlags) program(p *program, target string) *chart.Program {
	helm := &chart.Program{Path: f.helm, Chart: target, CRDs: !f.skipCRDs, Environment: p.Env, Stdin: p.Stdin}
	pass := func(arguments *[]string, flag, value string) {
		if value != "" {
			*arguments = append(*arguments, flag, value)
		}
	}
	pass(&helm.PullArguments, "--version", f.version)
	pass(&helm.PullArguments, "--repo", f.repository)
	pass(&helm.RenderArguments, "--kube-version", f.kubeVersion)
	for _, version := range f.apiVersions {
		pass(&helm.RenderArguments, "--api-versions", version)
	}
	return helm
}

// valueArguments are the values as helm takes them.
func (f *importHelmFlags) valueArguments() []string {
	var arguments []string
	for _, given := range []struct {
		flag   string
		values []string
	}{{"--values", f.values}, {"--set", f.set}, {"--set-string", f.setString}, {"--set-json", f.setJSON}, {"--set-file", f.setFile}} {
		for _, value := range given.values {
			arguments = append(arguments, given.flag, value)
		}
	}
	return arguments
}

func (f *importHelmFlags) convert(ctx context.Context, p *program, helm *chart.Program, folder string, options scaffold.Options) (*scaffold.Result, error) {
	if err := helm.Fetch(ctx, folder); err != nil {
		return nil, err
	}
	files, err := helm.Files()
	if err != nil {
		return nil, err
	}
	read, err := chart.ReadChart(files)
	if err != nil {
		return nil, err
	}
	values, err := helm.Values(ctx, f.valueArguments())
	if err != nil {
		return nil, err
	}
	name := f.releaseName
	if name == "" {
		name = f.name
	}
	progress := p.newRenderProgress()
	defer progress.clear()
	return chart.Import(ctx, read, helm, chart.Options{
		Name: name, Namespace: f.namespace, Values: values, Config: f.config, KeepLabels: f.keepLabels,
		Scaffold: options, MaxRenders: f.maxRenders, Progress: progress.update,
	})
}

// helmError says what a user can do about an error of helm.
func helmError(err error, target string, flags *importHelmFlags) error {
	var refused *chart.RefusedError
	switch {
	case errors.Is(err, chart.ErrNoHelm):
		return fmt.Errorf("%w\n  hint: charts are rendered by the helm program: install it (https://helm.sh), or name it with --helm; it is looked for as %q", err, flags.helm)
	case errors.As(err, &refused):
		found := diagnostic.Diagnostic{
			Code: diagnostic.ImportUnsupported, Position: diagnostic.Position{File: target},
			Message: "helm does not render the chart: " + refused.Message,
		}
		if strings.Contains(refused.Message, "missing in charts/") {
			found.Hint = "helm dependency build " + target
		} else {
			found.Hint = "-f and --set give values that the chart wants"
		}
		return diagnostic.Diagnostics{found}
	}
	return err
}
