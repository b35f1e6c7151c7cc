package randompackage

import (
	"fmt"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// context returns one that the package renders with, or now and then one to be
// refused.
func (g *generator) context() packagetypes.Context {
	c := packagetypes.Context{Config: g.values(g.properties)}
	c.Environment.Kubernetes.Version = g.pick("1.29.4", "v1.31.0", "1.36.3")
	if g.oneIn(3) {
		c.Environment.OpenShift = &manifest.OpenShiftEnvironment{Version: "4.18.2"}
	}
	if g.oneIn(2) {
		c.Package.Metadata = manifest.InstanceMetadata{
			Name: fmt.Sprintf("instance-%d", g.IntN(100)), Namespace: "somewhere",
			Labels: map[string]string{"team": "a", "tier": g.pick("gold", "yes")},
		}
	}
	if g.oneIn(4) {
		c.Scope = manifest.ScopeNamespaced
	}
	// One that is not named is where the package was loaded from, which is not the
	// same for all sources.
	c.Package.Image = "registry.example.com/package@sha256:0"
	if g.oneIn(10) {
		g.spoil(c.Config)
	}
	return c
}

// spoil puts something into a configuration that is not allowed.
func (g *generator) spoil(config map[string]any) {
	if len(g.properties) == 0 || g.oneIn(3) {
		config["unknown"] = int64(1)
		return
	}
	p := g.properties[g.IntN(len(g.properties))]
	switch {
	case p.kind == "integer":
		config[p.name] = g.pickInt(51, -1, 13)
	case p.kind == "string":
		config[p.name] = g.pick("UPPER", "a text that is longer than it may be")
	case p.kind == "any", p.kind == "nullable":
		config[p.name] = int64(4)
	case p.required && g.oneIn(2):
		delete(config, p.name)
	default:
		config[p.name] = map[string]any{"unknown": map[string]any{"of": []any{"another", "type"}}}
	}
}
