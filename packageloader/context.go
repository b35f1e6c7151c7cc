package packageloader

import (
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// resolveContext fills in the defaults of a context and checks what does not
// depend on the configuration.
func (r *Renderer) resolveContext(c packagetypes.Context) (packagetypes.Context, diagnostic.Diagnostics) {
	var found diagnostic.Diagnostics
	scopes := r.pkg.Manifest.Spec.Scopes
	if c.Scope == "" {
		c.Scope = scopes[0]
	}
	if !slices.Contains(scopes, c.Scope) {
		found = append(found, diagnostic.Diagnostic{
			Code:     diagnostic.ScopeUnsupported,
			Field:    "spec.scopes",
			Position: positionIn(r.pkg, r.pkg.ManifestPath, "spec.scopes"),
			Message:  fmt.Sprintf("the package does not support the scope %q", c.Scope),
			Hint:     fmt.Sprintf("supported: %s", joinScopes(scopes)),
		})
	}
	if c.Package.Metadata.Name == "" {
		c.Package.Metadata.Name = r.pkg.Manifest.Metadata.Name
	}
	if c.Package.Metadata.Namespace == "" && c.Scope == manifest.ScopeNamespaced {
		c.Package.Metadata.Namespace = "default"
	}
	if c.Package.Image == "" {
		c.Package.Image = r.pkg.Reference
	}
	for _, problem := range validation.IsValidLabelValue(c.Package.Metadata.Name) {
		found = append(found, diagnostic.Diagnostic{
			Code:    diagnostic.ContextInvalid,
			Field:   "package.metadata.name",
			Message: fmt.Sprintf("the instance name %q is used as a label value: %s", c.Package.Metadata.Name, problem),
		})
	}
	return c, found
}

func joinScopes(scopes []manifest.Scope) string {
	var text string
	for i, scope := range scopes {
		if i > 0 {
			text += ", "
		}
		text += string(scope)
	}
	return text
}

// templateData is what templates see as their root.
func (r *Renderer) templateData(c packagetypes.Context, config, environment map[string]any) map[string]any {
	metadata := c.Package.Metadata
	return map[string]any{
		"package": map[string]any{
			"metadata": map[string]any{
				"name":        metadata.Name,
				"namespace":   metadata.Namespace,
				"labels":      metadataMap(metadata.Labels),
				"annotations": metadataMap(metadata.Annotations),
			},
			"image": c.Package.Image,
		},
		"config":       config,
		"images":       anyMap(r.images),
		"dependencies": anyMap(r.dependencies),
		"environment":  environment,
	}
}

// environmentData is the environment as plain values, by its JSON names.
func environmentData(environment manifest.Environment) map[string]any {
	data, err := json.Marshal(environment)
	values := map[string]any{}
	if err == nil {
		err = json.Unmarshal(data, &values)
	}
	if err != nil {
		// The type holds strings only; both directions always work.
		panic(fmt.Sprintf("environment as JSON: %v", err))
	}
	return values
}

// metadataMap is labels or annotations for templates. Where there are none it is
// a map of strings, in which `index` finds "": packages rely on it.
func metadataMap(texts map[string]string) any {
	if len(texts) == 0 {
		return map[string]string{}
	}
	return anyMap(texts)
}

func anyMap(texts map[string]string) map[string]any {
	values := make(map[string]any, len(texts))
	for key, value := range texts {
		values[key] = value
	}
	return values
}
