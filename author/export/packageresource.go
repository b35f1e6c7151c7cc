package export

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/packstage/packstage/internal/objectyaml"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// PackageResource returns, as YAML, the Package (in namespaced scope) or ClusterPackage
// by which Package Operator installs a package: name, namespace and scope as in the
// instance, the image by its digest, the component, and the configuration as the user
// gave it, which the package's schema has admitted: defaults stay those of the package.
// The image is "host/repository@digest".
func PackageResource(pkg *packagetypes.Package, instance *packagetypes.Instance, image string, config map[string]any) ([]byte, error) {
	if image == "" {
		return nil, errors.New("export for Package Operator: the package is in no registry, and it installs images only")
	}
	if problems := validation.IsDNS1123Subdomain(instance.Name); len(problems) > 0 {
		return nil, fmt.Errorf("export for Package Operator: name of the instance %q: %s", instance.Name, problems[0])
	}
	if problems := validation.IsDNS1123Label(instance.Namespace); instance.Scope == manifest.ScopeNamespaced && len(problems) > 0 {
		return nil, fmt.Errorf("export for Package Operator: namespace of the instance %q: %s", instance.Namespace, problems[0])
	}
	kind, metadata := "ClusterPackage", map[string]any{"name": instance.Name}
	if instance.Scope == manifest.ScopeNamespaced {
		kind, metadata["namespace"] = "Package", instance.Namespace
	}
	spec := map[string]any{"image": image}
	if pkg.Component != "" {
		spec["component"] = pkg.Component
	}
	if len(config) > 0 {
		spec["config"] = config
	}
	text, err := objectyaml.Marshal(map[string]any{
		"apiVersion": "package-operator.run/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec,
	})
	if err != nil {
		return nil, fmt.Errorf("export for Package Operator: %w", err)
	}
	return text, nil
}
