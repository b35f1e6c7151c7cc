package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/environment"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// installFlags say what is installed where.
type installFlags struct {
	target          targetFlags
	with            contextFlags
	cluster         clusterFlags
	name, namespace string
	environment     string
	adopt           bool
	createNamespace bool
}

func (f *installFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.name, "name", "", "`NAME` of the release, and of the instance in templates")
	flags.StringVarP(&f.namespace, "namespace", "n", "", "`NAMESPACE` of the release, and of the instance of a package of the scope Namespaced (default: that of the kubeconfig's context)")
	flags.BoolVar(&f.adopt, "adopt", false, "take over objects that exist and belong to nobody, or to Package Operator")
	flags.BoolVar(&f.createNamespace, "create-namespace", false, "create the namespace of the release where it is missing")
	inSection(command, renderSection, func() {
		f.with.addInputs(command)
		flags.StringVar(&f.environment, "environment", "", "YAML `FILE` like that of --context, of which only the environment counts (default: that of --context, else what the cluster says of itself)")
		_ = command.MarkFlagFilename("environment", "yaml", "yml", "json")
	})
	f.cluster.add(command)
	f.target.add(command)
}

// installation is a rendered package and the place that it is for.
type installation struct {
	*connection
	release  cluster.Release
	instance *packagetypes.Instance
	// environment that it was rendered for.
	environment manifest.Environment
	// reference is what the user named.
	reference string
}

// prepare renders the package for the cluster.
func (f *installFlags) prepare(ctx context.Context, p *program, argument string) (*installation, error) {
	if f.name == "" && f.with.contextFile == "" {
		return nil, usagef("--name is missing: how the release shall be called")
	}
	if f.name != "" {
		if err := checkReleaseName(f.name); err != nil {
			return nil, err // before a cluster is looked for
		}
	}
	given, err := f.readEnvironment(ctx, p)
	if err != nil {
		return nil, err
	}
	source, done, err := f.target.open(p, argument)
	if err != nil {
		return nil, err
	}
	defer done()
	connected, err := f.cluster.connect(p)
	if err != nil {
		return nil, err
	}
	i := &installation{connection: connected, reference: argument}
	f.with.complete = func(ctx context.Context, pkg *packagetypes.Package, r *request) error {
		if given != nil {
			r.context.Environment = *given
		}
		if err := f.place(i, pkg, r); err != nil {
			return err
		}
		if r.context.Environment == (manifest.Environment{}) {
			found, err := environment.Discover(ctx, connected.cluster)
			if err != nil {
				return connected.failed(err)
			}
			r.context.Environment = found
		}
		i.environment = r.context.Environment
		return nil
	}
	i.instance, err = f.with.render(ctx, p, source)
	return i, err
}

// place names the release and its instance: a flag wins over the context file, and
// that over the kubeconfig.
func (f *installFlags) place(i *installation, pkg *packagetypes.Package, r *request) error {
	metadata := &r.context.Package.Metadata
	if f.name != "" {
		metadata.Name = f.name
	}
	if metadata.Name == "" {
		return usagef("--name is missing: how the release shall be called; the context file does not say either")
	}
	i.release = cluster.Release{Name: metadata.Name, Namespace: f.namespace}
	for _, fallback := range []string{metadata.Namespace, i.namespace} {
		if i.release.Namespace == "" {
			i.release.Namespace = fallback
		}
	}
	if err := checkReleaseName(i.release.Name); err != nil {
		return err
	}
	if err := checkNamespaceName(i.release.Namespace); err != nil {
		return err
	}
	scope := r.context.Scope
	if scopes := pkg.Manifest.Spec.Scopes; scope == "" && len(scopes) > 0 {
		scope = scopes[0]
	}
	if scope == manifest.ScopeNamespaced {
		metadata.Namespace = i.release.Namespace
	}
	return nil
}

func (f *installFlags) readEnvironment(ctx context.Context, p *program) (*manifest.Environment, error) {
	if f.environment == "" {
		return nil, nil
	}
	input, err := p.readInput(ctx, f.environment)
	if err != nil {
		return nil, err
	}
	decoded, found := manifest.DecodeContext(input.name, input.data)
	if err := found.Err(); err != nil {
		return nil, err
	}
	if decoded.Environment == (manifest.Environment{}) {
		return nil, usagef("--environment %s: the file has no environment", f.environment)
	}
	return &decoded.Environment, nil
}

// installer returns one that judges by the environment that the package was rendered for.
func (i *installation) installer(options installer.Options) *installer.Installer {
	options.Environment = &i.environment
	return installer.New(i.cluster, options)
}
