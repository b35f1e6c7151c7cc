package registryserver_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/packstage/packstage/registry/registryserver"
)

// Serve a registry whose content outlives the process.
func ExampleNew() {
	path, err := os.MkdirTemp("", "registry")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(path)
	storage, err := registryserver.OpenFolder(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer storage.Close()

	// A program would use http.ListenAndServe.
	server := httptest.NewServer(registryserver.New(registryserver.Options{Storage: storage}))
	defer server.Close()
	response, err := http.Get(server.URL + "/v2/my/package/tags/list")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Print(response.Status, "\n", string(body))
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 404 Not Found
	// {"errors":[{"code":"NAME_UNKNOWN","message":"there is no repository my/package"}]}
}
