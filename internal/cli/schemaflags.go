package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
	"github.com/packstage/packstage/validate/kubernetes"
	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

// schemaFlags say which schemas objects are checked against.
type schemaFlags struct {
	paths   []string
	version string
	off     bool
	// asWarnings lowers errors to warnings, for a verdict that does not depend on
	// schemas.
	asWarnings bool
}

func (f *schemaFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.StringArrayVar(&f.paths, "schema", nil,
		"more schemas: a `PATH` of a folder or file with CustomResourceDefinitions, or JSON Schemas named {kind}-{group}-{version}.json; repeatable")
	flags.StringVar(&f.version, "kubernetes-version", "",
		"`VERSION` of Kubernetes whose schemas hold, as in 1.36 (default: what the manifest or the context says, or the newest)")
	flags.BoolVar(&f.off, "no-schemas", false, "do not check objects against the schemas of their kinds")
	_ = command.RegisterFlagCompletionFunc("kubernetes-version", completeMinors)
}

// completeMinors lets the shell complete the versions of Kubernetes whose schemas
// there are.
func completeMinors(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var minors []string
	for _, version := range builtin.Versions() {
		minors = append(minors, version[:len(version)-len(filepath.Ext(version))])
	}
	return minors, cobra.ShellCompDirectiveNoFileComp
}

// rules returns the rule that checks objects, and what was found in the schemas
// that the flags name. There is none where nothing shall be checked. The argument
// is the TARGET whose objects they are.
func (f *schemaFlags) rules(ctx context.Context, argument string) ([]validate.Rule, diagnostic.Diagnostics, error) {
	checker, found, err := f.checker(ctx, argument)
	if checker == nil || err != nil {
		return nil, found, err
	}
	return []validate.Rule{checker}, found, nil
}

// checker returns what checks objects, or nil where nothing shall.
func (f *schemaFlags) checker(ctx context.Context, argument string) (*kubernetes.Checker, diagnostic.Diagnostics, error) {
	if f.off {
		if len(f.paths) > 0 || f.version != "" {
			return nil, nil, usagef("--no-schemas leaves no use for --schema and --kubernetes-version")
		}
		return nil, nil, nil
	}
	if f.version != "" && !kubernetes.ValidVersion(f.version) {
		return nil, nil, usagef("--kubernetes-version %s is no version of Kubernetes, such as 1.36", f.version)
	}
	options := kubernetes.Options{Builtin: builtin.Catalog(), Version: f.version, AsWarnings: f.asWarnings}
	var found diagnostic.Diagnostics
	for _, path := range f.paths {
		folder, root := filepath.Split(filepath.Clean(path))
		info, err := os.Stat(path)
		if err != nil {
			return nil, nil, fmt.Errorf("--schema: %w", err)
		}
		if info.IsDir() {
			folder, root = path, "."
		} else if folder == "" {
			folder = "."
		}
		schemas, faults, err := kubernetes.ReadSchemas(ctx, os.DirFS(folder), root, filepath.ToSlash(path), packagetypes.Limits{})
		if err != nil {
			return nil, nil, fmt.Errorf("--schema %s: %w", path, err)
		}
		found = append(found, faults...)
		options.Schemas = append(options.Schemas, schemas)
	}
	if parsed, err := parseTarget(argument); err == nil && parsed.kind == folderTarget {
		options.Files = os.DirFS(parsed.path)
	}
	return kubernetes.New(options), found, nil
}
