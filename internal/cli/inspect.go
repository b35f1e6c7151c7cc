package cli

import (
	"context"
	"errors"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/validate"
)

// inspection is what "inspect --output json" prints.
type inspection struct {
	SchemaVersion int    `json:"schemaVersion"`
	Name          string `json:"name"`
	Component     string `json:"component,omitempty"`
	// Reference and ImageDigest are those of the image, where it is one.
	Reference   string `json:"reference,omitempty"`
	ImageDigest string `json:"imageDigest,omitempty"`
	// ContentDigest and Files are there where the files were read.
	ContentDigest string          `json:"contentDigest,omitempty"`
	Files         *inspectedFiles `json:"files,omitempty"`
	// Image is there where it is one.
	Image        *inspectedImage       `json:"image,omitempty"`
	Labels       map[string]string     `json:"labels,omitempty"`
	Annotations  map[string]string     `json:"annotations,omitempty"`
	Scopes       []manifest.Scope      `json:"scopes"`
	Phases       []manifest.Phase      `json:"phases"`
	Components   []string              `json:"components"`
	Config       []docs.Property       `json:"config"`
	Images       []inspectedReference  `json:"images"`
	Dependencies []manifest.Dependency `json:"dependencies"`
	Constraints  []manifest.Constraint `json:"constraints"`
}

type inspectedFiles struct {
	Count int   `json:"count"`
	Bytes int64 `json:"bytes"`
}

type inspectedImage struct {
	MediaType   string            `json:"mediaType"`
	Layers      int               `json:"layers"`
	Bytes       int64             `json:"bytes"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// inspectedReference is an image that the templates refer to by name; Locked is
// the reference with its digest, where the lock was read.
type inspectedReference struct {
	Name   string `json:"name"`
	Image  string `json:"image"`
	Locked string `json:"locked,omitempty"`
}

func (p *program) inspectCommand() *cobra.Command {
	var (
		from       targetFlags
		relocation relocationFlags
		component  string
		full       bool
	)
	output := oneOf("human", "json")
	command := &cobra.Command{
		Use:   "inspect TARGET",
		Short: "Show what a package is and how it is configured",
		Long: `Show name, scopes, phases, components, configuration keys, images, constraints,
digests, size and annotations of a package.

Of an image in a registry only manifest and configuration are pulled, where the
configuration tells what the package is. --full pulls the layers too, which adds
what only the files tell: content digest, locked images.`,
		Example: `  packstage inspect ./shop
  packstage inspect registry.example.com/shop:v1 --output json`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			found, err := parseTarget(args[0])
			if err != nil {
				return err
			}
			client, done, err := from.client(p)
			if err != nil {
				return err
			}
			defer done()
			source, err := from.policy.verified(p, found.source(client, from.followLinks))
			if err != nil {
				return err
			}
			load, err := relocation.loadOptions(ctx, p, component)
			if err != nil {
				return err
			}
			var result *inspection
			if found.kind == registryTarget {
				result, err = p.inspectImage(ctx, client, source, found.reference, load, full || component != "" || load.Relocation != nil)
			} else {
				result, err = p.inspectFiles(ctx, source, load)
			}
			if err != nil {
				return err
			}
			done()
			return p.result(func(w io.Writer) error {
				if output.value == "json" {
					return printJSON(w, result)
				}
				return printInspection(w, result)
			})
		},
	}
	command.Flags().StringVar(&component, "component", "", "component of a multi-component package, by `NAME`")
	completeFromPackage(command, "component", componentNames)
	command.Flags().BoolVar(&full, "full", false, "read the layers of an image in a registry, too")
	choiceFlag(command, &output, "output", "o", "form of the result")
	relocation.add(command)
	from.add(command)
	return command
}

// inspectImage looks at an image in a registry.
func (p *program) inspectImage(
	ctx context.Context, client *registry.Client, source packageloader.Source, reference string, load packageloader.LoadOptions, full bool,
) (*inspection, error) {
	image, closer, err := packageloader.OpenImage(ctx, source, packagetypes.Limits{})
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	about, err := image.Manifest()
	if err != nil {
		return nil, err
	}
	if !full {
		result, err := inspectLabel(image, about)
		if err != nil || result != nil {
			if result != nil {
				result.Reference = reference
			}
			return result, err
		}
	}
	// By its digest: the tag may have moved since the image was judged.
	parsed, err := client.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	digest, err := image.Digest()
	if err != nil {
		return nil, err
	}
	pinned := parsed.Context().Digest(digest.String()).Name()
	result, err := p.inspectSource(ctx, packageloader.FromClient(client, pinned), load)
	if err != nil {
		return nil, err
	}
	result.Reference, result.Image = reference, newInspectedImage(about)
	return result, nil
}

// inspectLabel reads the manifest in the configuration of an image, and returns
// nil where there is none.
func inspectLabel(image v1.Image, about *v1.Manifest) (*inspection, error) {
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	label, ok := config.Config.Labels[packageloader.ManifestLabel]
	if !ok {
		return nil, nil
	}
	decoded, found := manifest.Decode("manifest.yaml", []byte(label))
	if err := found.Err(); err != nil {
		return nil, err
	}
	digest, err := image.Digest()
	if err != nil {
		return nil, err
	}
	result := newInspection(decoded, nil)
	result.ImageDigest, result.Image = digest.String(), newInspectedImage(about)
	for _, layer := range about.Layers {
		if component := layer.Annotations[packageloader.ComponentAnnotation]; component != "" {
			result.Components = append(result.Components, component)
		}
	}
	slices.Sort(result.Components)
	return result, nil
}

// inspectFiles looks at a folder, a tar or a layout.
func (p *program) inspectFiles(ctx context.Context, source packageloader.Source, load packageloader.LoadOptions) (*inspection, error) {
	result, err := p.inspectSource(ctx, source, load)
	if err != nil {
		return nil, err
	}
	image, closer, err := packageloader.OpenImage(ctx, source, packagetypes.Limits{})
	if errors.Is(err, packageloader.ErrNoImage) {
		return result, nil
	}
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	about, err := image.Manifest()
	if err != nil {
		return nil, err
	}
	result.Image = newInspectedImage(about)
	return result, nil
}

func (p *program) inspectSource(ctx context.Context, source packageloader.Source, load packageloader.LoadOptions) (*inspection, error) {
	recorded := p.record(source)
	pkg, err := packageloader.Load(ctx, recorded, load)
	if err != nil {
		return nil, err
	}
	if err := p.printFindings(pkg.Warnings); err != nil {
		return nil, err
	}
	result := newInspection(pkg.Manifest, pkg)
	result.Component = pkg.Component
	result.Reference, result.ImageDigest = pkg.Reference, pkg.ImageDigest
	result.ContentDigest = pkg.ContentDigest
	result.Components = append(result.Components, pkg.Components...)
	files := p.opened.files()
	result.Files = &inspectedFiles{Count: files.Len(), Bytes: files.Size()}
	return result, nil
}

// newInspection tells what a manifest says, and the lock of the package, which
// may be nil.
func newInspection(m *manifest.PackageManifest, pkg *packagetypes.Package) *inspection {
	result := &inspection{
		SchemaVersion: schemaVersion,
		Name:          m.Metadata.Name,
		Labels:        m.Metadata.Labels,
		Annotations:   m.Metadata.Annotations,
		Scopes:        append([]manifest.Scope{}, m.Spec.Scopes...),
		Phases:        append([]manifest.Phase{}, m.Spec.Phases...),
		Components:    []string{},
		Config:        append([]docs.Property{}, docs.Properties(m.Spec.Config.OpenAPIV3Schema)...),
		Images:        []inspectedReference{},
		Dependencies:  append([]manifest.Dependency{}, m.Spec.Dependencies...),
		Constraints:   append([]manifest.Constraint{}, m.Spec.Constraints...),
	}
	locked := map[string]string{}
	if pkg != nil && len(validate.Run(validate.Subject{Package: pkg}, validate.PackageRules()...).WithSeverity(diagnostic.Error)) == 0 {
		locked, _ = packageloader.LockedImages(pkg)
	}
	for _, image := range m.Spec.Images {
		result.Images = append(result.Images, inspectedReference{Name: image.Name, Image: image.Image, Locked: locked[image.Name]})
	}
	return result
}

func newInspectedImage(about *v1.Manifest) *inspectedImage {
	image := &inspectedImage{
		MediaType: string(about.MediaType), Layers: len(about.Layers),
		Bytes: about.Config.Size, Annotations: about.Annotations,
	}
	for _, layer := range about.Layers {
		image.Bytes += layer.Size
	}
	return image
}
