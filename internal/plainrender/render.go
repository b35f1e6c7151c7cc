package plainrender

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// Request is what is rendered. It is only read.
type Request struct {
	// Files of the package by slash path.
	Files map[string][]byte
	// Component to render; "" is the root.
	Component string
	Context   packagetypes.Context
	// PruneUnknown drops configuration keys that the schema does not have, which
	// are refused otherwise.
	PruneUnknown bool
}

// Render returns the rendered instance as JSON, of which [Digest] is made, or an
// error where the package or its context is to be refused.
func Render(request Request) ([]byte, error) {
	files := visible(request.Files)
	root, err := readManifest(files)
	if err != nil {
		return nil, err
	}
	p := plain{manifest: root, name: root.name, files: files}
	if root.hasComponents {
		p.files = below(files, "components/", true)
	}
	if request.Component != "" {
		p.files, p.name = below(files, "components/"+request.Component+"/", false), request.Component
		if p.manifest, err = readManifest(p.files); err != nil {
			return nil, err
		}
	}
	if err := p.readLock(); err != nil {
		return nil, err
	}
	if p.context, err = p.completed(request.Context); err != nil {
		return nil, err
	}
	if p.config, err = admit(p.manifest.schema, request.Context.Config, request.PruneUnknown); err != nil {
		return nil, err
	}
	if err := p.evaluateNamed(); err != nil {
		return nil, err
	}
	objects, err := p.objects()
	if err != nil {
		return nil, err
	}
	return p.encode(objects)
}

// plain is one render.
type plain struct {
	manifest             packageManifest
	name                 string // of the package or the component
	files                map[string][]byte
	images, dependencies map[string]any
	context              packagetypes.Context
	config               map[string]any // admitted
	named                map[string]bool
}

// completed returns the context with its defaults.
func (p *plain) completed(c packagetypes.Context) (packagetypes.Context, error) {
	scopes := p.manifest.scopes
	if c.Scope == "" {
		c.Scope = manifest.Scope(scopes[0])
	}
	if !slices.Contains(scopes, string(c.Scope)) {
		return c, fmt.Errorf("scope %q is none of the package", c.Scope)
	}
	if c.Package.Metadata.Name == "" {
		c.Package.Metadata.Name = p.manifest.name
	}
	if c.Package.Metadata.Namespace == "" && c.Scope == "Namespaced" {
		c.Package.Metadata.Namespace = "default"
	}
	return c, nil
}

// data is what one template sees; each call returns its own.
func (p *plain) data() map[string]any {
	metadata := p.context.Package.Metadata
	return map[string]any{
		"package": map[string]any{
			"metadata": map[string]any{
				"name": metadata.Name, "namespace": metadata.Namespace,
				"labels": texts(metadata.Labels), "annotations": texts(metadata.Annotations),
			},
			"image": p.context.Package.Image,
		},
		"config":       deepCopy(p.config),
		"images":       deepCopy(p.images),
		"dependencies": deepCopy(p.dependencies),
		"environment":  p.environment(),
	}
}

// texts is labels or annotations for templates; where there are none, a map in
// which `index` finds "".
func texts(from map[string]string) any {
	if len(from) == 0 {
		return map[string]string{}
	}
	values := map[string]any{}
	for key, value := range from {
		values[key] = value
	}
	return values
}

// object is one object of a package with what its annotations say.
type object struct {
	content                      map[string]any
	phase, condition, protection string
	mappings                     []any
}

const annotationPrefix = "package-operator.run/"

// objects returns the objects that are kept, in the order of their files.
func (p *plain) objects() ([]object, error) {
	outputs := map[string][]byte{}
	for _, file := range slices.Sorted(maps.Keys(p.files)) {
		if output, ok := strings.CutSuffix(file, ".gotmpl"); ok {
			text, err := p.execute(file)
			if err != nil {
				return nil, err
			}
			outputs[output] = text
		}
	}
	for file, content := range p.files {
		if _, overridden := outputs[file]; !overridden && !strings.HasSuffix(file, ".gotmpl") {
			outputs[file] = content
		}
	}
	names := slices.SortedFunc(maps.Keys(outputs), func(a, b string) int {
		return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/"))
	})
	var kept []object
	seen := map[string]bool{}
	for _, name := range names {
		if !holdsObjects(name) {
			continue
		}
		objects, err := readObjects(outputs[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		keepFile, err := p.keepFile(name)
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			if key := identity(o.content); key != "" {
				if seen[key] {
					return nil, fmt.Errorf("%s: %s is there twice", name, key)
				}
				seen[key] = true
			}
			keep, err := p.keep(o)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if keep && keepFile {
				kept = append(kept, o)
			}
		}
	}
	return kept, nil
}

func holdsObjects(name string) bool {
	switch name {
	case "manifest.yaml", "manifest.yml", "manifest.lock.yaml", "manifest.lock.yml":
		return false
	}
	extension := path.Ext(name)
	return (extension == ".yaml" || extension == ".yml") && !strings.HasPrefix(path.Base(name), "_")
}

// keep checks the phase of an object and evaluates its condition.
func (p *plain) keep(o object) (bool, error) {
	known := slices.ContainsFunc(p.manifest.phases, func(ph phase) bool { return ph.name == o.phase })
	if !known {
		return false, fmt.Errorf("phase %q is none of the manifest", o.phase)
	}
	if o.condition == "" {
		return true, nil
	}
	return p.evaluate(o.condition)
}

// visible leaves out what begins with a dot.
func visible(files map[string][]byte) map[string][]byte {
	kept := map[string][]byte{}
	for name, content := range files {
		if !strings.HasPrefix(name, ".") && !strings.Contains(name, "/.") {
			kept[name] = content
		}
	}
	return kept
}

// below returns the files of a folder by their path in it, or all others.
func below(files map[string][]byte, folder string, others bool) map[string][]byte {
	kept := map[string][]byte{}
	for name, content := range files {
		rest, inside := strings.CutPrefix(name, folder)
		if inside != others {
			kept[rest] = content
		}
	}
	return kept
}

func at(value any, keys ...string) any {
	for _, key := range keys {
		fields, _ := value.(map[string]any)
		value = fields[key]
	}
	return value
}

func deepCopy(value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := map[string]any{}
		for key, field := range value {
			copied[key] = deepCopy(field)
		}
		return copied
	case []any:
		copied := []any{}
		for _, item := range value {
			copied = append(copied, deepCopy(item))
		}
		return copied
	default:
		return value
	}
}
