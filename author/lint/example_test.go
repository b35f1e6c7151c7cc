package lint_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

// A program runs a rule of its own beside those that there are.
func ExampleRun() {
	source := packageloader.FromFiles(map[string][]byte{
		"manifest.yaml": []byte(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: shop}
spec:
  scopes: [Namespaced]
  phases: [{name: config}]
`),
		"settings.yaml.gotmpl": []byte(`apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  annotations: {package-operator.run/phase: config}
data:
  verbose: yes
`),
	})
	prefix := lint.Rule{
		Code: "name-prefix", Severity: diagnostic.Warning,
		Check: lint.EachInstance(func(instance *lint.Instance) []lint.Finding {
			var found []lint.Finding
			for _, object := range instance.Objects {
				if !strings.HasPrefix(object.Name(), instance.Name) {
					found = append(found, instance.Find(object, "the name does not begin with that of the instance", "", "metadata", "name"))
				}
			}
			return found
		}),
	}
	result, err := lint.Run(context.Background(), source, lint.Options{Rules: []lint.Rule{prefix}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, finding := range result.Findings {
		fmt.Println(finding.Position, finding.Code)
	}
	// Output:
	// settings.yaml.gotmpl:4:9 name-prefix
	// settings.yaml.gotmpl:7:12 yaml-not-text
}
