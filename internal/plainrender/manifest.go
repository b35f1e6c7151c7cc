package plainrender

import (
	"errors"
	"fmt"
	"strings"
)

// packageManifest is what rendering takes from a manifest, field by field as
// docs/format.md lists them: the Go types of package manifest are among what is
// judged.
type packageManifest struct {
	name              string
	scopes            []string
	phases            []phase
	conditions, paths []filter
	probes            []any
	hasComponents     bool
	schema            map[string]any
}

type phase struct{ name, class string }

// filter is an expression for what has a name, or matches a glob.
type filter struct{ key, expression string }

func readManifest(files map[string][]byte) (packageManifest, error) {
	var m packageManifest
	data, ok := files["manifest.yaml"]
	if !ok {
		data, ok = files["manifest.yml"]
	}
	if !ok {
		return m, errors.New("there is no manifest")
	}
	content, err := readYAML(data)
	if err != nil {
		return m, fmt.Errorf("manifest: %w", err)
	}
	m.name = text(content, "metadata", "name")
	for _, scope := range list(content, "spec", "scopes") {
		m.scopes = append(m.scopes, text(scope))
	}
	for _, entry := range list(content, "spec", "phases") {
		m.phases = append(m.phases, phase{text(entry, "name"), text(entry, "class")})
	}
	for _, entry := range list(content, "spec", "filter", "conditions") {
		m.conditions = append(m.conditions, filter{text(entry, "name"), text(entry, "expression")})
	}
	for _, entry := range list(content, "spec", "filter", "paths") {
		m.paths = append(m.paths, filter{text(entry, "glob"), text(entry, "expression")})
	}
	for _, entry := range list(content, "spec", "availabilityProbes") {
		m.probes = append(m.probes, availabilityProbe(entry))
	}
	m.hasComponents = at(content, "spec", "components") != nil
	m.schema, _ = at(content, "spec", "config", "openAPIV3Schema").(map[string]any)
	return m, nil
}

// availabilityProbe is a probe with all fields that it needs and without those that
// are empty.
func availabilityProbe(entry any) map[string]any {
	probes := []any{}
	for _, probe := range list(entry, "probes") {
		fields := map[string]any{}
		for kind, names := range map[string][]string{
			"condition": {"type", "status"}, "fieldsEqual": {"fieldA", "fieldB"}, "fieldValue": {"fieldPath", "value"}, "cel": {"rule", "message"},
		} {
			if at(probe, kind) == nil {
				continue
			}
			values := map[string]any{}
			for _, name := range names {
				values[name] = text(probe, kind, name)
			}
			fields[kind] = values
		}
		probes = append(probes, fields)
	}
	selector := map[string]any{}
	if at(entry, "selector", "kind") != nil {
		selector["kind"] = map[string]any{"group": text(entry, "selector", "kind", "group"), "kind": text(entry, "selector", "kind", "kind")}
	}
	if labels, ok := at(entry, "selector", "selector").(map[string]any); ok {
		fields := map[string]any{}
		if matched, _ := labels["matchLabels"].(map[string]any); len(matched) > 0 {
			fields["matchLabels"] = matched
		}
		if expressions := list(labels, "matchExpressions"); len(expressions) > 0 {
			fields["matchExpressions"] = expressions
		}
		selector["selector"] = fields
	}
	return map[string]any{"probes": probes, "selector": selector}
}

// readLock reads what the names in the manifest stand for.
func (p *plain) readLock() error {
	p.images, p.dependencies = map[string]any{}, map[string]any{}
	data, ok := p.files["manifest.lock.yaml"]
	if !ok {
		data = p.files["manifest.lock.yml"]
	}
	content, err := readYAML(data)
	for _, image := range list(content, "spec", "images") {
		p.images[text(image, "name")] = pinned(text(image, "image"), text(image, "digest"))
	}
	for _, dependency := range list(content, "spec", "dependencies") {
		p.dependencies[text(dependency, "name")] = pinned(text(dependency, "image"), text(dependency, "digest"))
	}
	return err
}

// text is a field that is to be a string; other scalars are taken as their text.
func text(value any, keys ...string) string {
	if value = at(value, keys...); value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func list(value any, keys ...string) []any {
	items, _ := at(value, keys...).([]any)
	return items
}

// pinned names an image by digest, in place of its tag, and in full where it is one
// of Docker's registry.
func pinned(image, digest string) string {
	image, _, _ = strings.Cut(image, "@")
	image = strings.TrimPrefix(strings.TrimPrefix(image, "index."), "docker.io/")
	switch host, _, ok := strings.Cut(image, "/"); {
	case !ok:
		image = "index.docker.io/library/" + image
	case !strings.ContainsAny(host, ".:") && host != "localhost":
		image = "index.docker.io/" + image
	}
	if colon := strings.LastIndexByte(image, ':'); colon > strings.LastIndexByte(image, '/') {
		image = image[:colon]
	}
	return image + "@" + digest
}
