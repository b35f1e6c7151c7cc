package dynamiccluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/packstage/packstage/installer/cluster"
)

// Cluster is a [cluster.Cluster] over a dynamic client. It is safe for concurrent use.
//
// Every call ends when its context does, with one exception of client-go: a
// credential plugin that is running is waited for.
type Cluster struct {
	client    dynamic.Interface
	discovery Discovery
	memory    atomic.Pointer[memory]
}

var _ cluster.Cluster = (*Cluster)(nil)

// Discovery is what is needed of a discovery client. The client of client-go's
// package discovery has these methods, and so has its fake.
type Discovery interface {
	// ServerVersionWithContext returns the version of the server.
	ServerVersionWithContext(ctx context.Context) (*version.Info, error)
	// ServerResourcesForGroupVersionWithContext returns what a version of a group
	// serves. Errors: IsNotFound where the server has no such version.
	ServerResourcesForGroupVersionWithContext(ctx context.Context, groupVersion string) (*metav1.APIResourceList, error)
	// ServerPreferredResourcesWithContext returns every kind, in the version that the
	// server prefers before any others.
	ServerPreferredResourcesWithContext(ctx context.Context) ([]*metav1.APIResourceList, error)
}

// New returns a Cluster of a connection's configuration, which is copied.
//
// Three fields have another meaning than client-go's where they are not set: QPS
// limits nothing, since servers share their time out fairly by themselves; UserAgent
// is "packstage" with its version; the server's warnings are dropped instead of being
// written to the process's standard error (WarningHandler takes them). Everything else
// is client-go's: HTTP/2, impersonation, credential plugins, tokens in files.
//
// No request is made. Errors are those of the configuration: files that cannot be
// read, certificates that are none, options that exclude each other.
func New(config *rest.Config) (*Cluster, error) {
	if config == nil {
		return nil, errors.New("connecting to a cluster: no configuration is given")
	}
	config = withDefaults(config)
	http, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster at %s: %w", withoutPassword(config.Host), err)
	}
	client, err := rest.UnversionedRESTClientForConfigAndClient(config, http)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster at %s: %w", withoutPassword(config.Host), err)
	}
	once := once{client}
	return NewForClient(dynamic.New(once), &served{once}), nil
}

// withoutPassword returns the address of a server without a password that may be in it.
func withoutPassword(host string) string {
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		return host[at+1:]
	}
	return host
}

// NewForClient returns a Cluster of clients that a program has already.
//
// A client of client-go repeats requests that the server answered with 429 or 5xx
// and a time to wait, up to ten times: a Create that was done before the answer got
// lost is then IsAlreadyExists at its first attempt. [New] has that off.
func NewForClient(client dynamic.Interface, discovery Discovery) *Cluster {
	c := &Cluster{client: client, discovery: discovery}
	c.Forget()
	return c
}

// at returns the client of a kind's objects in a namespace, or of all of them where
// namespace is empty.
func (c *Cluster) at(ctx context.Context, kind schema.GroupVersionKind, namespace string) (dynamic.ResourceInterface, bool, error) {
	found, err := c.Kind(ctx, kind)
	if err != nil {
		return nil, false, err
	}
	resource := c.client.Resource(kind.GroupVersion().WithResource(found.Resource))
	if namespace == "" {
		return resource, found.Namespaced, nil
	}
	return resource.Namespace(namespace), found.Namespaced, nil
}

// object returns the client that reads or writes the object of a reference.
func (c *Cluster) object(ctx context.Context, reference cluster.Reference) (dynamic.ResourceInterface, error) {
	if reference.Name == "" {
		return nil, badRequest("%s has no name", reference)
	}
	return c.collection(ctx, reference)
}

// collection is object where there need not be a name: what is created may get one
// from the server (generateName), and questions to the server have none.
func (c *Cluster) collection(ctx context.Context, reference cluster.Reference) (dynamic.ResourceInterface, error) {
	for _, segment := range []string{reference.Namespace, reference.Name} {
		if problems := rest.IsValidPathSegmentName(segment); len(problems) > 0 {
			return nil, badRequest("%s cannot be an object: %q %s", reference, segment, problems[0])
		}
	}
	resource, namespaced, err := c.at(ctx, reference.GroupVersionKind(), reference.Namespace)
	switch {
	case err != nil:
		return nil, err
	case namespaced && reference.Namespace == "":
		return nil, badRequest("%s has no namespace, and objects of its kind live in one", reference)
	case !namespaced && reference.Namespace != "":
		return nil, badRequest("%s has a namespace, and objects of its kind live in none", reference)
	}
	return resource, nil
}
