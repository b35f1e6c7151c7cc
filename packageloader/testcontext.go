package packageloader

import (
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// defaultKubernetesVersion is the cluster version that a package without test cases
// is rendered for when its author checks it: the newest whose schemas there are, in
// validate/kubernetes/builtin, without its patch.
const defaultKubernetesVersion = "v1.37.0"

// TestContext returns what a test case of a manifest renders the package with: its
// context, in the scope that it means: a case with a namespace is one in namespaced
// scope and one without a namespace is one in cluster scope, where the package has
// these.
func (r *Renderer) TestContext(test manifest.TemplateContext) packagetypes.Context {
	c := packagetypes.Context{Package: test.Package, Config: test.Config, Environment: test.Environment}
	meant := manifest.ScopeNamespaced
	if c.Package.Metadata.Namespace == "" {
		meant = manifest.ScopeCluster
	}
	if slices.Contains(r.pkg.Manifest.Spec.Scopes, meant) {
		c.Scope = meant
	}
	return c
}

// DefaultContexts returns what a package without test cases is rendered with when
// it is checked: an empty configuration, once in each scope. Where the configuration
// has required keys that cannot be, and the finding (code TemplatesNotRendered, an
// info) says so.
func (r *Renderer) DefaultContexts() ([]packagetypes.Context, diagnostic.Diagnostics) {
	if _, faults := r.config.Admit(nil, packagetypes.RejectUnknownConfig); faults.HasErrors() {
		return nil, diagnostic.Diagnostics{{
			Code:      diagnostic.TemplatesNotRendered,
			Severity:  diagnostic.Info,
			Position:  positionIn(r.pkg, r.pkg.ManifestPath, "spec.config.openAPIV3Schema"),
			Component: r.pkg.Component,
			Message:   "the templates were not run: the configuration has required keys, and there is no test case",
			Hint:      "add a case to test.template in the manifest",
		}}
	}
	var contexts []packagetypes.Context
	for _, scope := range r.pkg.Manifest.Spec.Scopes {
		contexts = append(contexts, packagetypes.Context{
			Scope:       scope,
			Environment: manifest.Environment{Kubernetes: manifest.KubernetesEnvironment{Version: defaultKubernetesVersion}},
		})
	}
	return contexts, nil
}
