package apiserver_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/clustertest/apiserver"
)

// A cluster in memory is served to whatever speaks the API of Kubernetes.
func Example() {
	server := httptest.NewServer(apiserver.New(clustertest.New(), apiserver.Options{}))
	defer server.Close()

	// kubeconfig := apiserver.Kubeconfig(server.URL, "default")
	response, err := http.Get(server.URL + "/version")
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		panic(err)
	}
	fmt.Println(strings.Contains(string(body), `"gitVersion":"v1.36.3"`))
	// Output: true
}
