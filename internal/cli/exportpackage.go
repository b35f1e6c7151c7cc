package cli

import (
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/export"
	"github.com/packstage/packstage/packagetypes"
)

func (p *program) exportPackageCommand() *cobra.Command {
	var (
		target targetFlags
		with   contextFlags
		image  string
	)
	command := &cobra.Command{
		Use:   "package TARGET",
		Short: "Print the Package or ClusterPackage that Package Operator installs",
		Long: `Print the Package (namespaced scope) or ClusterPackage (cluster scope) that Package
Operator installs the package by, with its configuration, which the package's schema
has admitted. The image is that of TARGET, by digest; of a package that is in no
registry yet, --image says where it will be.`,
		Example: `  packstage export package registry.example.com/shop:v1 --name shop --namespace shop --config values.yaml | kubectl apply -f -
  packstage export package ./shop --image registry.example.com/shop:v1 --scope Cluster`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			if image != "" {
				if err := checkReference(image); err != nil {
					return usagef("--image %q: %w", image, err)
				}
			}
			source, done, err := target.open(p, args[0])
			if err != nil {
				return err
			}
			rendered, err := with.renderPackage(command.Context(), p, source)
			done()
			if err != nil {
				return err
			}
			if err := checkObjectName("--name", rendered.instance.Name); err != nil {
				return err
			}
			if image == "" {
				if image, err = pinnedReference(rendered.pkg); err != nil {
					return err
				}
			}
			content, err := export.PackageResource(rendered.pkg, rendered.instance, image, rendered.config)
			if err != nil {
				return err
			}
			if len(rendered.schema.SensitiveValues(rendered.config)) > 0 {
				p.remark("note: the configuration holds sensitive values, and stands in the object in plain text")
			}
			return p.result(func(w io.Writer) error {
				_, err := w.Write(content)
				return err
			})
		},
	}
	command.Flags().StringVar(&image, "image", "", "`REFERENCE` of the image, in place of that of TARGET")
	with.add(command)
	target.add(command)
	return command
}

// pinnedReference is the image of a package in a registry by its digest.
func pinnedReference(pkg *packagetypes.Package) (string, error) {
	if pkg.Reference == "" || pkg.ImageDigest == "" {
		return "", usagef("the package is in no registry; --image REFERENCE says where it will be")
	}
	parsed, err := name.ParseReference(pkg.Reference)
	if err != nil {
		return "", fmt.Errorf("reference of the package: %w", err)
	}
	return parsed.Context().Name() + "@" + pkg.ImageDigest, nil
}
