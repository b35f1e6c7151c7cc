package dynamiccluster_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/rest"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/dynamiccluster"
)

// fixedDiscovery knows ConfigMaps, without asking anybody.
type fixedDiscovery struct{}

func (fixedDiscovery) ServerVersionWithContext(context.Context) (*version.Info, error) {
	return &version.Info{GitVersion: "v1.36.3"}, nil
}

func (d fixedDiscovery) ServerResourcesForGroupVersionWithContext(context.Context, string) (*metav1.APIResourceList, error) {
	return &metav1.APIResourceList{GroupVersion: "v1", APIResources: []metav1.APIResource{
		{Name: "configmaps", Kind: "ConfigMap", Namespaced: true, Verbs: metav1.Verbs{"get", "list", "delete"}},
	}}, nil
}

func (d fixedDiscovery) ServerPreferredResourcesWithContext(ctx context.Context) ([]*metav1.APIResourceList, error) {
	list, err := d.ServerResourcesForGroupVersionWithContext(ctx, "v1")
	return []*metav1.APIResourceList{list}, err
}

// A server that knows one ConfigMap.
func ExampleNew() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/api/v1":
			fmt.Fprint(w, `{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"configmaps","kind":"ConfigMap","namespaced":true,"verbs":["get"]}]}`)
		case "/api/v1/namespaces/shop/configmaps/web":
			fmt.Fprint(w, `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"web","namespace":"shop"},"data":{"color":"blue"}}`)
		}
	}))
	defer server.Close()

	c, err := dynamiccluster.New(&rest.Config{Host: server.URL})
	if err != nil {
		panic(err)
	}
	kind := schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}
	object, err := c.Get(context.Background(), cluster.NewReference(kind, "shop", "web"))
	if err != nil {
		panic(err)
	}
	fmt.Println(object.Object["data"])
	// Output: map[color:blue]
}

func ExampleNewForClient() {
	// A program that has clients gives its dynamic client, and the client of
	// client-go's package discovery.
	c := dynamiccluster.NewForClient(nil, fixedDiscovery{})
	version, err := c.ServerVersion(context.Background())
	fmt.Println(version, err)
	// Output: v1.36.3 <nil>
}
