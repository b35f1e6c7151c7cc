package credentials_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/credentials"
	"github.com/packstage/packstage/registry/registryserver"
	"github.com/packstage/packstage/registry/registrytest"
)

// Log in to a registry, and use what was kept.
func Example() {
	ctx := context.Background()
	server := httptest.NewServer(registrytest.BasicAuth(http.Handler(registryserver.New(registryserver.Options{})), "robot", "password"))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)

	store := credentials.Open(credentials.Options{Folder: folder})
	client := registry.NewClient(registry.Options{Keychain: store})
	_, err = store.Login(ctx, client, host, "robot", "guess")
	fmt.Println("wrong password:", errors.Is(err, registry.ErrUnauthorized))
	kept, err := store.Login(ctx, client, host, "robot", "password")
	fmt.Println("logged in:", err == nil, "encrypted:", kept.Helper != "")
	_, err = client.Resolve(ctx, host+"/team/shop:v1")
	fmt.Println("asked with credentials:", errors.Is(err, registry.ErrNotFound))
	// Output:
	// wrong password: true
	// logged in: true encrypted: false
	// asked with credentials: true
}
