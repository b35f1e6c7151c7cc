package environment_test

import (
	"context"
	"fmt"

	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/environment"
)

func ExampleDiscover() {
	found, err := environment.Discover(context.Background(), clustertest.New(clustertest.WithServerVersion("v1.35.1")))
	if err != nil {
		panic(err)
	}
	fmt.Println(found.Kubernetes.Version, found.OpenShift == nil)
	// Output: v1.35.1 true
}
