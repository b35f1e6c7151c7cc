package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/openapischema"
)

// document is what is read of an OpenAPI document of one group and version.
type document struct {
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

// operation is what is read of one method of a path.
type operation struct {
	Action string `json:"x-kubernetes-action"`
	Kind   struct {
		Group   string `json:"group"`
		Version string `json:"version"`
		Kind    string `json:"kind"`
	} `json:"x-kubernetes-group-version-kind"`
	RequestBody struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

// readRelease reads the documents in the module of a release.
func readRelease(module, version string) (openapischema.Release, error) {
	release := openapischema.Release{Version: version, Definitions: map[string]*openapischema.Node{}}
	files, err := filepath.Glob(filepath.Join(module, "api", "openapi-spec", "v3", "*_openapi.json"))
	if err != nil {
		return release, err
	}
	if len(files) == 0 {
		return release, fmt.Errorf("no documents in %s", module)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return release, err
		}
		if err := addDocument(&release, data); err != nil {
			return release, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	enums, err := readEnums(filepath.Join(module, "pkg", "generated", "openapi", "zz_generated.openapi.go"))
	if err != nil {
		return release, err
	}
	for name, node := range release.Definitions {
		enums.apply(name, node)
	}
	dropUnreachable(&release)
	keepKeyDefaults(release.Definitions)
	return release, nil
}

func addDocument(release *openapischema.Release, data []byte) error {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	for name, s := range d.Components.Schemas {
		node, err := s.node(name)
		if err != nil {
			return fmt.Errorf("definition %s: %w", name, err)
		}
		if known, ok := release.Definitions[name]; ok && !reflect.DeepEqual(known, node) {
			return fmt.Errorf("definition %s differs from that of another document", name)
		}
		release.Definitions[name] = node
	}
	for path, methods := range d.Paths {
		if err := addKind(release, path, methods["post"]); err != nil {
			return fmt.Errorf("path %s: %w", path, err)
		}
	}
	slices.SortFunc(release.Kinds, func(a, b openapischema.Kind) int {
		return strings.Compare(a.Group+" "+a.Version+" "+a.Kind, b.Group+" "+b.Version+" "+b.Kind)
	})
	return nil
}

// addKind adds the kind of the objects that are posted to a path, where it is
// that of a resource and not of a subresource.
func addKind(release *openapischema.Release, path string, post json.RawMessage) error {
	rest := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case post == nil:
		return nil
	case len(rest) > 2 && rest[0] == "api":
		rest = rest[2:]
	case len(rest) > 3 && rest[0] == "apis":
		rest = rest[3:]
	default:
		return nil
	}
	namespaced := len(rest) == 3 && rest[0] == "namespaces" && rest[1] == "{namespace}"
	if len(rest) != 1 && !namespaced {
		return nil
	}
	var o operation
	if err := json.Unmarshal(post, &o); err != nil {
		return err
	}
	if o.Action != "post" || o.Kind.Kind == "" {
		return nil
	}
	body, ok := o.RequestBody.Content["*/*"]
	if !ok {
		body = o.RequestBody.Content["application/json"]
	}
	definition, ok := strings.CutPrefix(body.Schema.Ref, refPrefix)
	if !ok {
		return fmt.Errorf("the body of a post has no schema")
	}
	release.Kinds = append(release.Kinds, openapischema.Kind{
		Group: o.Kind.Group, Version: o.Kind.Version, Kind: o.Kind.Kind,
		Resource: rest[len(rest)-1], Namespaced: namespaced, Definition: definition,
	})
	return nil
}

// dropUnreachable drops the definitions that no object can hold, such as lists
// and options of deletion.
func dropUnreachable(release *openapischema.Release) {
	reached := map[string]*openapischema.Node{}
	var visit func(node *openapischema.Node)
	visit = func(node *openapischema.Node) {
		if node == nil {
			return
		}
		if node.Ref != "" && reached[node.Ref] == nil {
			reached[node.Ref] = release.Definitions[node.Ref]
			visit(release.Definitions[node.Ref])
		}
		for _, property := range node.Properties {
			visit(property)
		}
		visit(node.Items)
		visit(node.Additional)
	}
	for _, kind := range release.Kinds {
		visit(&openapischema.Node{Ref: kind.Definition})
	}
	release.Definitions = reached
}

// keepKeyDefaults drops the defaults of all fields but those that identify the
// items of a list.
func keepKeyDefaults(definitions map[string]*openapischema.Node) {
	keys := map[*openapischema.Node]bool{}
	each(definitions, func(node *openapischema.Node) {
		if node.Items == nil {
			return
		}
		item := node.Items
		if item.Ref != "" {
			item = definitions[item.Ref]
		}
		for _, key := range node.MapKeys {
			keys[item.Properties[key]] = true
		}
	})
	each(definitions, func(node *openapischema.Node) {
		if !keys[node] || node.Default == "" || node.Default == float64(0) {
			node.Default = nil
		}
	})
}

func each(definitions map[string]*openapischema.Node, visit func(node *openapischema.Node)) {
	var walk func(node *openapischema.Node)
	walk = func(node *openapischema.Node) {
		if node == nil {
			return
		}
		visit(node)
		for _, property := range node.Properties {
			walk(property)
		}
		walk(node.Items)
		walk(node.Additional)
	}
	for _, node := range definitions {
		walk(node)
	}
}
