package cli

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// completeFromPackage completes a flag with what names finds in the package that stands
// on the command line. It does so for folders only, since a registry would have to be
// asked, and says nothing about a package that does not load.
func completeFromPackage(command *cobra.Command, flag string, names func(ctx context.Context, folder, component string) []string) {
	_ = command.RegisterFlagCompletionFunc(flag, func(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		directive := cobra.ShellCompDirectiveNoFileComp
		if len(args) == 0 {
			return nil, directive
		}
		folder := args[len(args)-1]
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return nil, directive
		}
		component := ""
		if chosen := command.Flags().Lookup("component"); chosen != nil && flag != "component" {
			component = chosen.Value.String()
		}
		found := names(command.Context(), folder, component)
		if len(found) > 0 && strings.HasSuffix(found[0], "=") {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		return found, directive
	})
}

func loadForCompletion(ctx context.Context, folder, component string) *packagetypes.Package {
	if ctx == nil {
		ctx = context.Background()
	}
	pkg, err := packageloader.Load(ctx, packageloader.FromFolder(folder, packageloader.FolderOptions{}), packageloader.LoadOptions{Component: component})
	if err != nil {
		return nil
	}
	return pkg
}

func componentNames(ctx context.Context, folder, _ string) []string {
	if pkg := loadForCompletion(ctx, folder, ""); pkg != nil {
		return pkg.Components
	}
	return nil
}

// configKeys are those that --set takes.
func configKeys(ctx context.Context, folder, component string) []string {
	pkg := loadForCompletion(ctx, folder, component)
	if pkg == nil {
		return nil
	}
	var keys []string
	var walk func(prefix string, schema map[string]any)
	walk = func(prefix string, schema map[string]any) {
		properties, _ := schema["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			key := prefix + strings.ReplaceAll(name, ".", `\.`)
			property, _ := properties[name].(map[string]any)
			if inner, _ := property["properties"].(map[string]any); len(inner) > 0 {
				walk(key+".", property)
			} else {
				keys = append(keys, key+"=")
			}
		}
	}
	walk("", pkg.Manifest.Spec.Config.OpenAPIV3Schema)
	return keys
}

// caseNames are the test cases of a package or component.
func caseNames(ctx context.Context, folder, component string) []string {
	if ctx == nil {
		ctx = context.Background()
	}
	suites, _, err := matrix.Open(ctx, packageloader.FromFolder(folder, packageloader.FolderOptions{}), matrix.Options{Author: os.DirFS(folder)})
	if err != nil {
		return nil
	}
	var names []string
	for _, suite := range suites {
		if suite.Package.Component != component {
			continue
		}
		for _, one := range suite.Cases {
			names = append(names, one.Name)
		}
	}
	return names
}

// lockedNames are the images and dependencies that a lock has entries for.
func lockedNames(ctx context.Context, folder, _ string) []string {
	pkg := loadForCompletion(ctx, folder, "")
	if pkg == nil {
		return nil
	}
	var names []string
	for _, image := range pkg.Manifest.Spec.Images {
		names = append(names, image.Name)
	}
	for _, dependency := range pkg.Manifest.Spec.Dependencies {
		if dependency.Image != nil {
			names = append(names, dependency.Image.Name)
		}
	}
	return names
}
