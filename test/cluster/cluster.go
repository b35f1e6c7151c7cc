package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/client-go/dynamic"
)

// Options says what a cluster has. The zero value is an API server alone.
type Options struct {
	// Controllers runs kube-controller-manager. Without it nothing happens by itself:
	// namespaces get no ServiceAccount and never end, nothing is garbage-collected,
	// a Deployment has no pods.
	Controllers bool
	// Nodes is how many nodes kwok pretends to have. Their pods run at once. Zero
	// runs no kwok. Pods come only from Controllers or from the test.
	Nodes int
	// AuditLevel is what the audit log has of each request: Metadata by default; with
	// Request and RequestResponse the bodies too.
	AuditLevel auditv1.Level
	// APIServerFlags and ControllerManagerFlags come after those of the package and
	// so win over them.
	APIServerFlags, ControllerManagerFlags []string
}

// Cluster is a control plane that runs. Its methods may be called concurrently,
// except for StopAPIServer, StartAPIServer and Stop.
type Cluster struct {
	options  Options
	programs programs
	folder   string
	identity *identity
	starter  *starter
	janitor  *janitor
	client   dynamic.Interface

	etcdPort, peerPort, apiPort int
	// ports keeps them for the programs, also while one does not run.
	ports *portHolder

	etcd, api, controllers, kwok *process
	binder                       *binder
	stop                         func() error
}

// startWithin is how long a cluster may take until it is ready, and what happens in it:
// long enough for a machine that is busy with other things.
const startWithin = 5 * time.Minute

// Start runs a cluster until the test ends. It fails the test where a program does
// not start, and skips it where the programs have not been built and CI is not set.
func Start(t testing.TB, options Options) *Cluster {
	t.Helper()
	found := requirePrograms(t, options)
	c, err := start(t.Context(), found, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.logs())
		}
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// attempts is how often start looks for ports: where they cannot be held, another process
// may take one between its choice and its use.
const attempts = 3

func start(ctx context.Context, found programs, options Options) (*Cluster, error) {
	var problems []error
	for range attempts {
		c, err := startOnce(ctx, found, options)
		if err == nil {
			return c, nil
		}
		problems = append(problems, err)
		if !errors.Is(err, errEnded) {
			break
		}
	}
	return nil, fmt.Errorf("start of a cluster: %w", errors.Join(problems...))
}

func startOnce(ctx context.Context, found programs, options Options) (_ *Cluster, err error) {
	c := &Cluster{options: options, programs: found, starter: newStarter()}
	c.stop = sync.OnceValue(c.end)
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("%w\n%s", err, c.logs()), c.Stop())
		}
	}()
	if c.folder, err = os.MkdirTemp("", "packstage-cluster-"); err != nil {
		return nil, err
	}
	if c.janitor, err = startJanitor(c.folder); err != nil {
		return nil, err
	}
	if c.ports, err = holdPorts(ctx, 3); err != nil {
		return nil, err
	}
	c.etcdPort, c.peerPort, c.apiPort = c.ports.numbers[0], c.ports.numbers[1], c.ports.numbers[2]
	if c.identity, err = newIdentity(c.folder, c.host()); err != nil {
		return nil, err
	}
	if c.client, err = dynamic.NewForConfig(c.ownConfig()); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for _, step := range []func(context.Context) error{c.startEtcd, c.startAPIServer, c.startControllers, c.startNodes} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Stop ends all processes of the cluster and removes its data. The end of the test
// calls it; calling it again does nothing.
func (c *Cluster) Stop() error { return c.stop() }

func (c *Cluster) end() error {
	if c.binder != nil {
		c.binder.stop()
	}
	for _, p := range []*process{c.kwok, c.controllers, c.api, c.etcd} {
		if p != nil {
			p.kill()
		}
	}
	c.starter.end()
	if c.ports != nil {
		c.ports.free()
	}
	if c.janitor != nil {
		c.janitor.dismiss()
	}
	if c.folder == "" {
		return nil
	}
	return os.RemoveAll(c.folder)
}

// logs is what of each program's log says what is wrong.
func (c *Cluster) logs() string {
	var all string
	for _, p := range []*process{c.etcd, c.api, c.controllers, c.kwok} {
		if p != nil {
			all += p.complaints()
		}
	}
	return all
}

func (c *Cluster) host() string { return "https://" + loopback(c.apiPort) }

func (c *Cluster) file(name string) string { return filepath.Join(c.folder, name) }

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
