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
	g.environment(&c.Environment)
	if g.oneIn(2) {
		c.Package.Metadata = manifest.InstanceMetadata{
			Name: fmt.Sprintf("instance-%d", g.IntN(100)), Namespace: "somewhere",
			Labels: map[string]string{"team": "a", "tier": g.pick("gold", "yes")},
		}
		if g.oneIn(2) {
			c.Package.Metadata.Annotations = map[string]string{"example.com/a": "1", "b": g.pick("", "x: y", "ü")}
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

// environment sets what a cluster may have besides its version.
func (g *generator) environment(e *manifest.Environment) {
	if g.oneIn(3) {
		e.OpenShift = &manifest.OpenShiftEnvironment{Version: "4.18.2"}
		switch g.IntN(4) {
		case 0:
			e.OpenShift.Managed = &manifest.ManagedOpenShift{}
		case 1:
			e.OpenShift.Managed = &manifest.ManagedOpenShift{Data: map[string]string{"sts": "yes", "a.b/c": ""}}
		}
	}
	if g.oneIn(3) {
		e.Proxy = &manifest.ProxyEnvironment{NoProxy: ".svc,10.0.0.0/8"}
		if g.oneIn(2) {
			e.Proxy.HTTPProxy, e.Proxy.HTTPSProxy = "http://proxy:3128", "https://proxy:3129"
		}
	}
	if g.oneIn(3) {
		e.HyperShift = &manifest.HyperShiftEnvironment{}
		if !g.oneIn(4) {
			hosted := &manifest.HostedCluster{HostedClusterNamespace: "clusters-hosted"}
			hosted.Metadata.Name, hosted.Metadata.Namespace = "hosted", "clusters"
			if g.oneIn(2) {
				hosted.Metadata.Labels = map[string]string{"size": g.pick("large", "1")}
				hosted.NodeSelector = map[string]string{"pool": "infra"}
			}
			e.HyperShift.HostedCluster = hosted
		}
	}
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
	case p.kind == "formatted":
		config[p.name] = g.pick("no address", "2024-13-45", "1x", "%%%")
	case p.kind == "joined":
		config[p.name] = g.pickInt(3, 5, 70)
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
