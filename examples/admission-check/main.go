// Command admission-check is a validating admission webhook for configurations:
// whatever custom resource carries a package's configuration in spec.config is
// refused when the package's schema refuses it, with every mistake named.
//
//	go run ./examples/admission-check -package ./examples/packages/webapp -listen 127.0.0.1:8443
//
// A cluster calls webhooks over TLS; put it behind whatever terminates TLS there.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	folder := flag.String("package", "", "folder of the package whose configuration is checked")
	listen := flag.String("listen", "127.0.0.1:8443", "address to listen on")
	flag.Parse()
	if err := serve(ctx, *folder, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "admission-check:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, folder, listen string) error {
	handler, err := newHandler(ctx, folder)
	if err != nil {
		return err
	}
	server := &http.Server{Addr: listen, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Println("listening on", listen)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func newHandler(ctx context.Context, folder string) (http.Handler, error) {
	source := packageloader.FromFolder(folder, packageloader.FolderOptions{})
	pkg, err := packageloader.Load(ctx, source, packageloader.LoadOptions{})
	if err != nil {
		return nil, err
	}
	renderer, err := packageloader.Compile(pkg, packageloader.Options{})
	if err != nil {
		return nil, err
	}
	return &checker{renderer.ConfigSchema()}, nil
}

type checker struct{ schema *validate.ConfigSchema }

// review is the part of an AdmissionReview (admission.k8s.io/v1) that matters.
type review struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Request    *request  `json:"request,omitempty"`
	Response   *response `json:"response,omitempty"`
}

type request struct {
	UID string `json:"uid"`
	// Object is nil where an object is deleted.
	Object *struct {
		Spec struct {
			Config json.RawMessage `json:"config"`
		} `json:"spec"`
	} `json:"object"`
}

type response struct {
	UID     string  `json:"uid"`
	Allowed bool    `json:"allowed"`
	Status  *status `json:"status,omitempty"`
}

type status struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// largestReview is more than an API server sends: etcd refuses objects of that size.
const largestReview = 4 << 20

func (c *checker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked review
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, largestReview)).Decode(&asked)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		http.Error(w, "the AdmissionReview is too large", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil || asked.Kind != "AdmissionReview" || asked.Request == nil {
		http.Error(w, "not an AdmissionReview", http.StatusBadRequest)
		return
	}
	answer := review{APIVersion: asked.APIVersion, Kind: asked.Kind, Response: &response{UID: asked.Request.UID, Allowed: true}}
	if object := asked.Request.Object; object != nil {
		if err := c.check(object.Spec.Config); err != nil {
			answer.Response.Allowed = false
			answer.Response.Status = &status{Code: http.StatusUnprocessableEntity, Message: err.Error()}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// check returns everything that is wrong with a configuration; one that is
// missing is empty.
func (c *checker) check(raw json.RawMessage) error {
	var config map[string]any
	if len(raw) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		if err := decoder.Decode(&config); err != nil {
			return errors.New("spec.config: must be an object")
		}
	}
	_, findings := c.schema.Admit(config, packagetypes.RejectUnknownConfig)
	return findings.Err()
}
