package docs

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// New makes the document of a package of which matrix.Open gave the suites, the root
// first. All test cases are rendered.
//
// Cases that cannot be rendered are findings, and the document says what the others
// tell. There is no document where there is no suite of the root. The error says that
// ctx was done.
func New(ctx context.Context, suites []*matrix.Suite) (*Document, diagnostic.Diagnostics, error) {
	if len(suites) == 0 || suites[0].Package.Component != "" {
		return nil, nil, nil
	}
	root := suites[0].Package
	document := &Document{Reference: root.Reference, ImageDigest: root.ImageDigest, ContentDigest: root.ContentDigest}
	var found diagnostic.Diagnostics
	for _, suite := range suites {
		described, faults, err := describe(ctx, suite)
		if err != nil {
			return nil, nil, err
		}
		document.Packages = append(document.Packages, *described)
		found = append(found, faults...)
	}
	return document, found.Sorted(), nil
}

func describe(ctx context.Context, suite *matrix.Suite) (*Package, diagnostic.Diagnostics, error) {
	pkg := suite.Package
	described := describeManifest(pkg)
	described.Images, described.Dependencies = describeLock(pkg)
	rendered, found, err := suite.RenderAll(ctx)
	if err != nil {
		return nil, nil, err
	}
	described.Cases, described.mask = rendered, maskerOf(suite)
	placed, err := placeAll(ctx, suite, rendered)
	if err != nil {
		return nil, nil, err
	}
	described.Objects = objectsOf(placed, rendered, conditionFinder{pkg: pkg})
	described.Permissions = permissionsOf(placed, rendered)
	if described.Objects == nil {
		described.Objects = []Object{}
	}
	for i := range described.Phases {
		for _, object := range described.Objects {
			if object.Phase == described.Phases[i].Name {
				described.Phases[i].Objects++
			}
		}
	}
	return described, found, nil
}

// describeManifest says what the manifest says.
func describeManifest(pkg *packagetypes.Package) *Package {
	m := pkg.Manifest
	about := func(name string) string { return m.Metadata.Annotations["org.opencontainers.image."+name] }
	described := &Package{
		Name: pkg.Name, Component: pkg.Component,
		Title: about("title"), Description: about("description"), Version: about("version"), Vendor: about("vendor"),
		Licenses: about("licenses"), Source: about("source"), Documentation: about("documentation"), URL: about("url"),
		Scopes: slices.Clone(m.Spec.Scopes), Schema: m.Spec.Config.OpenAPIV3Schema, Components: slices.Clone(pkg.Components),
	}
	for _, name := range slices.Sorted(maps.Keys(m.Metadata.Annotations)) {
		described.Annotations = append(described.Annotations, Annotation{name, m.Metadata.Annotations[name]})
	}
	described.Constraints = slices.Clone(m.Spec.Constraints)
	for _, phase := range m.Spec.Phases {
		described.Phases = append(described.Phases, Phase{Name: phase.Name, Class: phase.Class})
	}
	for _, condition := range m.Spec.Filter.Conditions {
		described.Conditions = append(described.Conditions, Condition{Name: condition.Name, Expression: condition.Expression})
	}
	for _, condition := range m.Spec.Filter.Paths {
		described.Conditions = append(described.Conditions, Condition{Glob: condition.Glob, Expression: condition.Expression})
	}
	for _, probe := range m.Spec.AvailabilityProbes {
		described.Probes = append(described.Probes, describeProbe(probe))
	}
	data, _ := pkg.Files.Read(pkg.ManifestPath)
	described.Properties = propertiesAsWritten(described.Schema, pkg.ManifestPath, data)
	if described.Properties == nil {
		described.Properties = []Property{}
	}
	described.Rules = rulesOf(described.Schema)
	return described
}

// describeLock lists what the manifest names with what the lock has for it.
func describeLock(pkg *packagetypes.Package) (images []Image, dependencies []Dependency) {
	lock := cmp.Or(pkg.Lock, &manifest.PackageManifestLock{})
	for _, image := range pkg.Manifest.Spec.Images {
		listed := Image{Name: image.Name, Image: image.Image}
		for _, locked := range lock.Spec.Images {
			if locked.Name == image.Name && locked.Image == image.Image {
				listed.Digest = locked.Digest
			}
		}
		images = append(images, listed)
	}
	for _, dependency := range pkg.Manifest.Spec.Dependencies {
		if dependency.Image == nil {
			continue
		}
		listed := Dependency{Name: dependency.Image.Name, Package: dependency.Image.Package, Range: dependency.Image.Range}
		for _, locked := range lock.Spec.Dependencies {
			if locked.Name == listed.Name {
				listed.Version, listed.Digest = locked.Version, locked.Digest
			}
		}
		dependencies = append(dependencies, listed)
	}
	return images, dependencies
}
