package manifests_test

import (
	"fmt"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/manifests"
)

// What kubectl prints becomes objects that any cluster takes.
func ExampleConvert() {
	printed := []byte(`apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: shop, uid: 5e3f, resourceVersion: "7"}
  spec: {clusterIP: 10.0.0.1, ports: [{port: 80}]}
  status: {loadBalancer: {}}
`)
	input, err := manifests.Convert([]manifests.File{{Name: "stdin", Data: printed}}, manifests.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(scaffold.MarshalObject(input.Objects[0].Content)))
	fmt.Println(input.Decisions[0].Message)
	// Output:
	// apiVersion: v1
	// kind: Service
	// metadata:
	//   name: web
	//   namespace: shop
	// spec:
	//   ports:
	//   - port: 80
	// metadata.uid, metadata.resourceVersion, status, spec.clusterIP
}
