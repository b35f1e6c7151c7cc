package packageloader

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/verify"
)

// LoadOptions says what [Load] loads. The zero value loads the root of a
// package within the default limits.
type LoadOptions struct {
	// Component chooses a component of a multi-component package; "" is the root.
	Component string
	// Limits bounds the package; zero fields are defaults.
	Limits packagetypes.Limits
	// Verifier judges the image before anything of it is unpacked, see
	// [Verified]; nil judges nothing.
	Verifier verify.Verifier
	// Relocation says where the images that the package locks are. Nil is what is
	// recorded in the place that the package is loaded from, which is looked up, with
	// one request in a registry, for packages that lock images.
	Relocation *packagetypes.Relocation
	// RelocationName is what findings call Relocation, such as the path of its file.
	RelocationName string
	// NoRelocation leaves images where the lock says, whatever is recorded.
	NoRelocation bool
}

// componentsFolder holds the components of a multi-component package.
const componentsFolder = "components"

// Load reads a package from a source and decodes its manifest and lock. Of a
// multi-component package it reads the root or the chosen component only,
// whatever its siblings are like.
//
// The error is a [diagnostic.Diagnostics] where the package is at fault, and
// another error where the source could not be reached. Warnings are in the
// package. Load checks the structure; [Compile] checks what the manifest says.
func Load(ctx context.Context, source Source, options LoadOptions) (*packagetypes.Package, error) {
	if options.Verifier != nil {
		source = Verified(source, options.Verifier)
	}
	content, err := source.Open(ctx, options.Limits.WithDefaults())
	if err != nil {
		return nil, err
	}
	pkg, err := loadRoot(content)
	if err == nil && options.Component != "" {
		pkg, err = loadComponent(pkg, content, options.Component)
	}
	if err == nil {
		err = Relocate(ctx, content, options, pkg)
	}
	if err != nil {
		return nil, err
	}
	return pkg, nil
}

// LoadAll reads the root of a package and all its components, the root first and
// then the components by name, each a package of its own to compile and render.
// The source is read once. The component of the options must be empty: it is for
// [Load].
//
// The error is a [diagnostic.Diagnostics] with the findings of all of them at
// once, beside which those that have none come back; or another error where the
// source could not be reached.
func LoadAll(ctx context.Context, source Source, options LoadOptions) ([]*packagetypes.Package, error) {
	if options.Component != "" {
		return nil, fmt.Errorf("load all components: the options choose one, %q", options.Component)
	}
	if options.Verifier != nil {
		source = Verified(source, options.Verifier)
	}
	content, err := source.Open(ctx, options.Limits.WithDefaults())
	if err != nil {
		return nil, err
	}
	packages, err := LoadContent(content)
	if len(packages) == 0 {
		return nil, err
	}
	if relocated := Relocate(ctx, content, options, packages...); relocated != nil {
		if found, ok := diagnostic.From(relocated); !ok || err == nil {
			return nil, relocated
		} else if faults, ok := diagnostic.From(err); ok {
			err = append(faults, found...).Sorted().Err()
		}
	}
	return packages, err
}

// LoadContent is [LoadAll] for what a source gave already. It looks up nothing: the
// packages know of no relocation.
func LoadContent(content *Content) ([]*packagetypes.Package, error) {
	root, err := loadRoot(content)
	if err != nil {
		return nil, err
	}
	packages := []*packagetypes.Package{root}
	var found diagnostic.Diagnostics
	for _, name := range root.Components {
		component, err := loadComponent(root, content, name)
		var faults diagnostic.Diagnostics
		if errors.As(err, &faults) {
			found = append(found, faults...)
			continue
		}
		packages = append(packages, component)
	}
	if root.Manifest.Spec.Components != nil {
		root.Warnings = append(root.Warnings, strayFiles(content.Files)...).Sorted()
	}
	return packages, found.Sorted().Err()
}

func loadRoot(content *Content) (*packagetypes.Package, error) {
	pkg := &packagetypes.Package{
		Files:         content.Files,
		ContentDigest: content.Files.Digest(),
		Reference:     content.Reference,
		ImageDigest:   content.ImageDigest,
		Warnings:      content.Warnings,
	}
	if err := decodeManifests(pkg, content.place); err != nil {
		return nil, err
	}
	if err := compareLabel(pkg, content.ConfigManifest); err != nil {
		return nil, err
	}
	pkg.Name = pkg.Manifest.Metadata.Name
	if pkg.Manifest.Spec.Components != nil {
		pkg.Components = componentNames(content.Files)
		pkg.Files = content.Files.Without(componentsFolder)
	}
	return pkg, nil
}

func loadComponent(root *packagetypes.Package, content *Content, name string) (*packagetypes.Package, error) {
	if !slices.Contains(root.Components, name) {
		return nil, diagnostic.Diagnostics{missingComponent(root, name)}
	}
	pkg := &packagetypes.Package{
		Name:          name,
		Component:     name,
		Files:         content.Files.Sub(componentsFolder + "/" + name),
		ContentDigest: root.ContentDigest,
		Reference:     root.Reference,
		ImageDigest:   root.ImageDigest,
		Warnings:      content.Warnings,
	}
	if err := decodeManifests(pkg, content.place); err != nil {
		return nil, err
	}
	if pkg.Manifest.Spec.Components != nil {
		return nil, diagnostic.Diagnostics{{
			Code:      diagnostic.ComponentNested,
			Component: name,
			Field:     "spec.components",
			Position:  positionIn(pkg, pkg.ManifestPath, "spec.components"),
			Message:   "a component cannot have components itself",
			Hint:      "move the nested components next to this one",
		}}
	}
	return pkg, nil
}

func missingComponent(root *packagetypes.Package, name string) diagnostic.Diagnostic {
	missing := diagnostic.Diagnostic{
		Code:     diagnostic.ComponentNotFound,
		Position: diagnostic.Position{File: root.ManifestPath},
		Message:  fmt.Sprintf("the package has no component %q", name),
		Hint:     diagnostic.DidYouMean(name, root.Components),
	}
	if root.Manifest.Spec.Components == nil {
		missing.Hint = "the manifest does not enable components (spec.components)"
	}
	return missing
}

func componentNames(files *packagetypes.Files) []string {
	var names []string
	for _, path := range files.Paths() {
		rest, ok := strings.CutPrefix(path, componentsFolder+"/")
		name, _, folder := strings.Cut(rest, "/")
		if ok && folder && (len(names) == 0 || names[len(names)-1] != name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func strayFiles(files *packagetypes.Files) diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	for _, path := range files.Paths() {
		if rest, ok := strings.CutPrefix(path, componentsFolder+"/"); ok && !strings.Contains(rest, "/") {
			found = append(found, diagnostic.Diagnostic{
				Code:     diagnostic.ComponentStrayFile,
				Severity: diagnostic.Warning,
				Position: diagnostic.Position{File: path},
				Message:  "the components folder holds one folder for each component, this file belongs to none",
			})
		}
	}
	return found
}

// missingManifest says that a folder is none of a package, and which folder in it may be
// meant. Files may be nil.
func missingManifest(place string, files *packagetypes.Files) diagnostic.Diagnostic {
	missing := diagnostic.Diagnostic{
		Code:     diagnostic.ManifestMissing,
		Position: diagnostic.Position{File: place},
		Message:  "neither manifest.yaml nor manifest.yml is there",
		Hint:     "is this the folder of a package?",
	}
	if files == nil {
		return missing
	}
	const most = 3
	var below []string
	for _, file := range files.Paths() {
		name, isComponent := path.Base(file), strings.Contains("/"+file, "/"+componentsFolder+"/")
		if !isComponent && (name == "manifest.yaml" || name == "manifest.yml") {
			below = append(below, path.Dir(file))
		}
	}
	if len(below) > most {
		below = append(below[:most], "…")
	}
	if len(below) > 0 {
		missing.Hint += " there is a manifest in " + strings.Join(below, ", ")
	}
	return missing
}

// decodeManifests finds and decodes the manifest and the lock among pkg.Files. The
// place is what is looked at where there is none.
func decodeManifests(pkg *packagetypes.Package, place string) error {
	var found diagnostic.Diagnostics
	path, data, problem := oneOf(pkg.Files, "manifest.yaml", "manifest.yml")
	found = append(found, problem...)
	if path == "" {
		found = append(found, missingManifest(place, pkg.Files))
	} else {
		decoded, faults := manifest.Decode(path, data)
		pkg.Manifest, pkg.ManifestPath = decoded, path
		found = append(found, faults...)
	}
	path, data, problem = oneOf(pkg.Files, "manifest.lock.yaml", "manifest.lock.yml")
	found = append(found, problem...)
	if path != "" {
		decoded, faults := manifest.DecodeLock(path, data)
		pkg.Lock, pkg.LockPath = decoded, path
		found = append(found, faults...)
	}
	for i := range found {
		found[i].Component = pkg.Component
	}
	found = found.Sorted()
	if err := found.Err(); err != nil {
		return err
	}
	pkg.Warnings = append(pkg.Warnings, found...).Sorted()
	return nil
}

// oneOf returns the file with one of two names; both is a finding.
func oneOf(files *packagetypes.Files, first, second string) (string, []byte, diagnostic.Diagnostics) {
	data, ok := files.Read(first)
	other, also := files.Read(second)
	switch {
	case ok && also:
		return first, data, diagnostic.Diagnostics{{
			Code:     diagnostic.ManifestDuplicate,
			Position: diagnostic.Position{File: second, Line: 1, Column: 1},
			Message:  fmt.Sprintf("%s is there too", first),
			Hint:     "keep one of the two",
		}}
	case ok:
		return first, data, nil
	case also:
		return second, other, nil
	default:
		return "", nil, nil
	}
}

// compareLabel refuses an image whose config says something else than its
// layers: whoever listed the image by its label saw another package.
func compareLabel(pkg *packagetypes.Package, label []byte) error {
	if label == nil {
		return nil
	}
	data, _ := pkg.Files.Read(pkg.ManifestPath)
	canonical, err := manifest.CanonicalJSON(pkg.ManifestPath, data)
	if err != nil {
		return err
	}
	if bytes.Equal(canonical, label) {
		return nil
	}
	return diagnostic.Diagnostics{{
		Code:     diagnostic.ImageInvalid,
		Position: diagnostic.Position{File: pkg.ManifestPath},
		Message:  "the manifest in the image's layers is not the one in its config label",
		Hint:     "the image was changed after it was built; build it again",
	}}
}

func positionIn(pkg *packagetypes.Package, path, field string) diagnostic.Position {
	data, ok := pkg.Files.Read(path)
	if !ok {
		return diagnostic.Position{File: path}
	}
	return manifest.Position(path, data, field)
}
