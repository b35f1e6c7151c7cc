package bundle_test

import (
	"context"
	"fmt"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/bundle"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// A bundle becomes a package.
func ExampleConvert() {
	ctx := context.Background()
	content, err := packageloader.FromFolder("testdata/backup-operator", packageloader.FolderOptions{}).Open(ctx, packagetypes.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	input, err := bundle.Convert(content.Files, bundle.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	made, err := scaffold.Make(ctx, *input, scaffold.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(made.Name, made.Objects)
	for _, decision := range made.Decisions {
		if decision.Topic == scaffold.TopicPhase {
			fmt.Println(decision.Message)
		}
	}
	// Output:
	// backup-operator 16
	// namespaces: 1 Namespace
	// crds: 2 CustomResourceDefinition
	// rbac: 3 ClusterRole, 2 ClusterRoleBinding, 1 ServiceAccount
	// configuration: 1 Certificate, 1 Issuer
	// services: 2 Service
	// workloads: 1 Deployment
	// webhooks: 1 MutatingWebhookConfiguration, 1 ValidatingWebhookConfiguration
}
