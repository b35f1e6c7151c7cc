package cli

import (
	"context"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/editor"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
)

func (p *program) schemaCommand() *cobra.Command {
	var (
		target    targetFlags
		component string
		write     bool
	)
	known := map[string]func() ([]byte, error){
		"manifest":   func() ([]byte, error) { return manifest.JSONSchema(manifest.PackageManifestKind) },
		"lock":       func() ([]byte, error) { return manifest.JSONSchema(manifest.PackageManifestLockKind) },
		"repository": func() ([]byte, error) { return manifest.JSONSchema(manifest.RepositoryEntryKind) },
		"test":       editor.TestSchema, "lint": editor.LintSchema,
	}
	command := &cobra.Command{
		Use:   "schema manifest|lock|repository|test|lint|config|all [TARGET]",
		Short: "JSON Schemas for editors",
		Long: `Print a JSON Schema (draft 7): of manifest.yaml, of manifest.lock.yaml, of an entry of a
repository index, of .packstage/test.yaml, of .packstage/lint.yaml, or of the
configuration of a package, TARGET.

"schema all FOLDER --write" writes those of a package into its folder
` + editor.Folder + `, which is never part of the package, and begins manifest, lock
and settings with the line by which the YAML language server finds them, where they do
not have one:

    # yaml-language-server: $schema=` + editor.Folder + `/` + editor.ManifestFile,
		Example: `  packstage schema manifest > manifest.schema.json
  packstage schema config registry.example.com/shop:v1
  packstage schema all ./shop --write`,
		Args:      arguments(1, 2),
		ValidArgs: []string{"manifest", "lock", "repository", "test", "lint", "config", "all"},
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			kind := args[0]
			schemaOf, isKind := known[kind]
			switch {
			case write && (kind != "all" || len(args) != 2):
				return usagef("--write belongs to: schema all FOLDER")
			case write:
				return p.writeSchemas(ctx, &target, args[1])
			case kind == "all":
				return usagef("schema all needs FOLDER and --write")
			case isKind && len(args) == 2:
				return usagef("the schema of kind %s is the same for all packages: it has no TARGET", kind)
			case isKind:
				schema, err := schemaOf()
				if err != nil {
					return err
				}
				return p.result(func(w io.Writer) error { _, err := w.Write(schema); return err })
			case kind != "config":
				return usagef("%q is no kind of schema; there are manifest, lock, repository, test, lint, config and all", kind)
			case len(args) == 1:
				return usagef("the schema of a configuration needs the TARGET whose it is")
			}
			return p.printConfigSchema(ctx, &target, args[1], component)
		},
	}
	command.Flags().BoolVar(&write, "write", false, "write all schemas of a package into its folder")
	command.Flags().StringVar(&component, "component", "", "with config: component of a multi-component package, by `NAME`")
	completeFromPackage(command, "component", componentNames)
	target.add(command)
	command.ValidArgsFunction = func(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return command.ValidArgs, cobra.ShellCompDirectiveNoFileComp
		}
		return completeTarget(command, args[1:], "")
	}
	return command
}

func (p *program) printConfigSchema(ctx context.Context, target *targetFlags, argument, component string) error {
	source, done, err := target.open(p, argument)
	if err != nil {
		return err
	}
	defer done()
	pkg, err := packageloader.Load(ctx, source, packageloader.LoadOptions{Component: component})
	if err != nil {
		return err
	}
	if err := p.printFindings(pkg.Warnings); err != nil {
		return err
	}
	schema, err := editor.ConfigSchema(pkg)
	if err != nil {
		return err
	}
	return p.result(func(w io.Writer) error { _, err := w.Write(schema); return err })
}

func (p *program) writeSchemas(ctx context.Context, target *targetFlags, argument string) error {
	found, err := parseTarget(argument)
	if err != nil {
		return err
	}
	if found.kind != folderTarget {
		return usagef("--write needs a folder; %s is %s", argument, found.kind.withArticle())
	}
	source, done, err := target.open(p, argument)
	if err != nil {
		return err
	}
	defer done()
	packages, err := packageloader.LoadAll(ctx, source, packageloader.LoadOptions{})
	if err != nil {
		return err
	}
	changed, err := editor.Write(found.path, packages...)
	for _, file := range changed {
		p.remark("wrote %s", filepath.Join(found.path, filepath.FromSlash(file)))
	}
	if err == nil && len(changed) == 0 {
		p.remark("all schemas are current")
	}
	return err
}
