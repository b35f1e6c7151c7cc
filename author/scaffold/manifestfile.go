package scaffold

import (
	"bytes"
	"fmt"

	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/manifest"
)

// Paths of files that every package here has.
const (
	manifestPath = "manifest.yaml"
	lockPath     = "manifest.lock.yaml"
	schemaPath   = ".packstage/schemas/manifest.schema.json"
	fixtures     = ".test-fixtures/"
)

// schemaLine tells editors where the schema of the manifest is: beside it, so that
// nothing has to be fetched.
const schemaLine = "# yaml-language-server: $schema=" + schemaPath + "\n"

// manifest returns the manifest of the package.
func (m *maker) manifest() *manifest.PackageManifest {
	spec := manifest.PackageManifestSpec{
		Scopes: m.scopes, Phases: m.phases, AvailabilityProbes: m.probes,
		Constraints: m.input.Constraints, Filter: manifest.Filter{Conditions: m.input.Conditions},
	}
	if !m.config.empty() {
		spec.Config.OpenAPIV3Schema = m.config.schema(true)
	}
	for _, image := range m.images {
		spec.Images = append(spec.Images, image.Image)
	}
	return &manifest.PackageManifest{
		Metadata: manifest.Metadata{Name: m.name, Annotations: m.input.Annotations},
		Spec:     spec,
		Test:     manifest.PackageManifestTest{Template: m.cases()},
	}
}

// cases returns the test cases: the defaults in each scope, and those of the input.
func (m *maker) cases() []manifest.TemplateTest {
	var cases []manifest.TemplateTest
	for i, scope := range m.scopes {
		test := manifest.TemplateTest{Name: "default", Context: m.context(scope, nil)}
		if i > 0 {
			test.Name = "default-" + dashed(string(scope), maxName)
		}
		cases = append(cases, test)
	}
	for _, given := range m.input.Cases {
		cases = append(cases, manifest.TemplateTest{Name: given.Name, Context: m.context(m.scopes[0], given.Config)})
	}
	return cases
}

func (m *maker) context(scope manifest.Scope, config map[string]any) manifest.TemplateContext {
	var context manifest.TemplateContext
	context.Package.Metadata.Name = m.name
	if scope == manifest.ScopeNamespaced {
		context.Package.Metadata.Namespace = m.instanceNamespace()
	}
	context.Config = config
	return context
}

// instanceNamespace is the namespace in which the package renders to the source.
func (m *maker) instanceNamespace() string {
	if m.namespace == "" {
		return m.name
	}
	return m.namespace
}

// lock returns the lock: of the images that have a digest, or for the comparison of all.
func (m *maker) lock(all bool) *manifest.PackageManifestLock {
	lock := &manifest.PackageManifestLock{Metadata: manifest.Metadata{Name: m.name}}
	for i, image := range m.images {
		digest := image.digest
		if digest == "" {
			if !all {
				continue
			}
			digest = fmt.Sprintf("sha256:%064x", i+1)
		}
		lock.Spec.Images = append(lock.Spec.Images, manifest.LockedImage{Name: image.Name, Image: image.Image.Image, Digest: digest})
	}
	return lock
}

// writeManifest puts manifest, lock and the schema of the manifest into the files.
func (m *maker) writeManifest() error {
	encoded, err := encodeManifest(m.manifest())
	if err != nil {
		return err
	}
	m.files[manifestPath] = append([]byte(schemaLine), encoded...)
	if m.files[schemaPath], err = manifest.JSONSchema(manifest.PackageManifestKind); err != nil {
		return err
	}
	if lock := m.lock(false); len(lock.Spec.Images) > 0 {
		m.files[lockPath], err = manifest.EncodeLock(lock)
	}
	return err
}

// encodeManifest writes a manifest in the order in which people read it: of a property
// what it means, then what it may be.
func encodeManifest(m *manifest.PackageManifest) ([]byte, error) {
	encoded, err := manifest.EncodeJSON(m)
	if err != nil {
		return nil, err
	}
	documents := yamldoc.Split(encoded)
	content, err := yamldoc.DecodeMap(documents[0], yamldoc.Options{})
	if err != nil {
		return nil, err
	}
	return marshalRanked(content,
		"apiVersion", "kind", "metadata", "spec", "test", "name", "namespace",
		"scopes", "phases", "availabilityProbes", "constraints", "images", "config", "filter",
		"selector", "probes", "template", "context",
		"description", "type", "format", "enum", "minimum", "maximum", "minLength", "maxLength", "pattern", "default", "required", "properties",
	), nil
}

// writeObjects puts the files of the objects in place. A file is a template where one
// of its documents is.
func (m *maker) writeObjects() {
	type file struct {
		documents [][]byte
		template  []bool
	}
	files := map[string]*file{}
	for _, o := range m.objects {
		if files[o.path] == nil {
			files[o.path] = &file{}
		}
		text, template, rewritten := o.document()
		if rewritten {
			m.decide(o.about(TopicFile, "written anew, without its comments", "what the package needs could not be put between the lines"))
		}
		f := files[o.path]
		f.documents, f.template = append(f.documents, text), append(f.template, template)
	}
	for path, f := range files {
		isTemplate := false
		for _, template := range f.template {
			isTemplate = isTemplate || template
		}
		if isTemplate {
			path += ".gotmpl"
			for i, template := range f.template {
				if !template {
					f.documents[i] = []byte(escapeActions(string(f.documents[i])))
				}
			}
		}
		m.files[path] = bytes.Join(f.documents, []byte("---\n"))
	}
}
