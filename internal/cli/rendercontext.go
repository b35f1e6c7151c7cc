package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// contextFlags say what a package is rendered with.
type contextFlags struct {
	component, name, namespace string
	scope                      choice
	contextFile, configFile    string
	set                        []string
	unknownConfig              choice
	locked                     bool
	relocation                 relocationFlags
	// complete, where it is set, fills in what files and flags leave open, once the
	// package is known.
	complete func(ctx context.Context, pkg *packagetypes.Package, r *request) error
}

func (f *contextFlags) add(command *cobra.Command) {
	inSection(command, renderSection, func() {
		f.addInstance(command)
		f.addInputs(command)
	})
}

// addInstance adds the flags that name the instance.
func (f *contextFlags) addInstance(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.name, "name", "", "`NAME` of the instance (default: the package's name)")
	flags.StringVarP(&f.namespace, "namespace", "n", "", "`NAMESPACE` of the instance (default: default)")
}

// addInputs adds all other flags.
func (f *contextFlags) addInputs(command *cobra.Command) {
	f.scope = choice{allowed: []string{string(manifest.ScopeCluster), string(manifest.ScopeNamespaced)}}
	f.unknownConfig = oneOf(packagetypes.RejectUnknownConfig.String(),
		packagetypes.WarnUnknownConfig.String(), packagetypes.PruneUnknownConfig.String())
	flags := command.Flags()
	flags.StringVar(&f.component, "component", "", "component of a multi-component package, by `NAME`")
	completeFromPackage(command, "component", componentNames)
	choiceFlag(command, &f.scope, "scope", "", "scope of the instance (default: the first that the package lists)")
	flags.StringVar(&f.contextFile, "context", "", "YAML `FILE` with component, scope, package, config and environment; - is the standard input; flags win over it")
	flags.StringVar(&f.configFile, "config", "", "YAML or JSON `FILE` with the configuration, in place of that in the context; - is the standard input")
	flags.StringArrayVar(&f.set, "set", nil, `set one configuration `+"`KEY=VALUE`"+`, over --config: a.b[0].c=v, with \. for a dot in a key; the schema gives the type`)
	completeFromPackage(command, "set", configKeys)
	choiceFlag(command, &f.unknownConfig, "unknown-config", "", "what happens to configuration keys that the schema does not have")
	flags.BoolVar(&f.locked, "locked", false, "refuse a package whose objects run images that are not in its lock")
	f.relocation.add(command)
	_ = command.MarkFlagFilename("context", "yaml", "yml", "json")
	_ = command.MarkFlagFilename("config", "yaml", "yml", "json")
}

// request is what the flags and files ask for.
type request struct {
	component string
	context   packagetypes.Context
	settings  []setting
	// contextFile and configFile are the files that were read, or nil.
	contextFile, configFile *inputFile
	warnings                diagnostic.Diagnostics
}

// read reads the files and puts the flags over them.
func (f *contextFlags) read(ctx context.Context, p *program) (*request, error) {
	r := &request{}
	for _, text := range f.set {
		parsed, err := parseSetting(text)
		if err != nil {
			return nil, usagef("--set: %w", err)
		}
		r.settings = append(r.settings, parsed)
	}
	if f.contextFile == "-" && f.configFile == "-" {
		return nil, usagef("--context and --config cannot both be the standard input")
	}
	var found diagnostic.Diagnostics
	for _, read := range []func(context.Context, *program, *request) error{f.readContext, f.readConfig} {
		err := read(ctx, p, r)
		faults, ok := diagnostic.From(err)
		if err != nil && !ok {
			return nil, err
		}
		found = append(found, faults...)
	}
	if err := append(found, r.warnings...).Sorted().Err(); err != nil {
		return nil, err
	}
	if f.component != "" {
		r.component = f.component
	}
	if f.scope.value != "" {
		r.context.Scope = manifest.Scope(f.scope.value)
	}
	if f.name != "" {
		r.context.Package.Metadata.Name = f.name
	}
	if f.namespace != "" {
		r.context.Package.Metadata.Namespace = f.namespace
	}
	return r, nil
}

func (f *contextFlags) readContext(ctx context.Context, p *program, r *request) error {
	if f.contextFile == "" {
		return nil
	}
	input, err := p.readInput(ctx, f.contextFile)
	if err != nil {
		return err
	}
	decoded, found := manifest.DecodeContext(input.name, input.data)
	if err := found.Err(); err != nil {
		return err
	}
	r.warnings = append(r.warnings, found...)
	r.component = decoded.Component
	r.context = packagetypes.Context{
		Scope: decoded.Scope, Package: decoded.Package, Config: decoded.Config, Environment: decoded.Environment,
	}
	r.contextFile = input
	return nil
}

func (f *contextFlags) readConfig(ctx context.Context, p *program, r *request) error {
	if f.configFile == "" {
		return nil
	}
	input, err := p.readInput(ctx, f.configFile)
	if err != nil {
		return err
	}
	config, found := manifest.DecodeConfig(input.name, input.data)
	if err := found.Err(); err != nil {
		return err
	}
	r.warnings = append(r.warnings, found...)
	r.context.Config = config
	r.configFile = input
	return nil
}

// policy returns the value of --unknown-config.
func (f *contextFlags) policy() packagetypes.UnknownConfig {
	for _, policy := range []packagetypes.UnknownConfig{packagetypes.WarnUnknownConfig, packagetypes.PruneUnknownConfig} {
		if policy.String() == f.unknownConfig.value {
			return policy
		}
	}
	return packagetypes.RejectUnknownConfig
}

// lockFaults returns what is wrong with a lock, which --locked does not pass over.
func lockFaults(found diagnostic.Diagnostics) diagnostic.Diagnostics {
	return validate.ForAuthors(slices.DeleteFunc(found, func(one diagnostic.Diagnostic) bool {
		return !strings.HasPrefix(string(one.Code), "lock-")
	}))
}

// render loads, compiles and renders a target.
func (f *contextFlags) render(ctx context.Context, p *program, source packageloader.Source) (*packagetypes.Instance, error) {
	rendered, err := f.renderPackage(ctx, p, source)
	if err != nil {
		return nil, err
	}
	return rendered.instance, nil
}

// renderOutcome is an instance with what it was made of.
type renderOutcome struct {
	pkg *packagetypes.Package
	// config is that of the user, and schema the one that admitted it.
	config   map[string]any
	schema   *validate.ConfigSchema
	instance *packagetypes.Instance
}

func (f *contextFlags) renderPackage(ctx context.Context, p *program, source packageloader.Source) (*renderOutcome, error) {
	r, err := f.read(ctx, p)
	if err != nil {
		return nil, err
	}
	load, err := f.relocation.loadOptions(ctx, p, r.component)
	if err != nil {
		return nil, err
	}
	pkg, err := packageloader.Load(ctx, source, load)
	if err != nil {
		return nil, err
	}
	options := packageloader.Options{UnknownConfig: f.policy()}
	if f.locked {
		options.Rules = []validate.Rule{validate.RequireLockedImages()}
	}
	renderer, err := packageloader.Compile(pkg, options)
	if err != nil {
		return nil, err
	}
	if f.locked {
		if err := lockFaults(renderer.Warnings()).Err(); err != nil {
			return nil, err
		}
	}
	if f.complete != nil {
		if err := f.complete(ctx, pkg, r); err != nil {
			return nil, err
		}
	}
	for _, setting := range r.settings {
		if r.context.Config, err = setting.apply(r.context.Config, renderer.ConfigSchema()); err != nil {
			return nil, err
		}
	}
	instance, err := renderer.Render(ctx, r.context)
	if err != nil {
		if found, ok := diagnostic.From(err); ok {
			return nil, r.located(found)
		}
		return nil, err
	}
	p.remarkComponents(pkg, instance)
	warnings := r.located(append(slices.Clone(r.warnings), instance.Warnings...))
	rendered := &renderOutcome{pkg: pkg, config: r.context.Config, schema: renderer.ConfigSchema(), instance: instance}
	return rendered, p.printFindings(warnings)
}

// remarkComponents says where the objects are of a package that has none itself.
func (p *program) remarkComponents(pkg *packagetypes.Package, instance *packagetypes.Instance) {
	for range instance.Objects() {
		return
	}
	if len(pkg.Components) > 0 {
		p.remark("packstage: %s has no objects of its own; --component chooses one of its components: %s",
			pkg.Name, strings.Join(pkg.Components, ", "))
	}
}
