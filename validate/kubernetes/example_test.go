package kubernetes_test

import (
	"context"
	"fmt"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
	"github.com/packstage/packstage/validate/kubernetes"
	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

// Check the objects of a package while it is rendered.
func ExampleChecker() {
	source := packageloader.FromFiles(map[string][]byte{
		"manifest.yaml": []byte(manifestHead),
		"web.yaml": []byte(`apiVersion: v1
kind: Service
metadata:
  name: web
  annotations: {package-operator.run/phase: deploy}
spec:
  ports:
  - port: "80"
`),
	})
	ctx := context.Background()
	pkg, err := packageloader.Load(ctx, source, packageloader.LoadOptions{})
	if err != nil {
		panic(err)
	}
	checker := kubernetes.New(kubernetes.Options{Builtin: builtin.Catalog(), Version: "1.36"})
	_, err = packageloader.Render(ctx, pkg, packagetypes.Context{}, packageloader.Options{Rules: []validate.Rule{checker}})
	fmt.Println(err)
	// Output:
	// web.yaml:8:11: spec.ports[0].port: Service "web": must be an integer, not a string (leave out the quotes; in a template, "| quote" writes them) [object-invalid-field]
}
