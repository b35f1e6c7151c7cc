package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// pollEvery is how often is looked whether something is ready.
const pollEvery = 20 * time.Millisecond

// startEtcd does not wait: the API server does.
func (c *Cluster) startEtcd(context.Context) (err error) {
	client, peer := "http://"+loopback(c.etcdPort), "http://"+loopback(c.peerPort)
	c.etcd, err = c.starter.run(c.folder, c.programs.path("etcd"), nil,
		"--name=test",
		"--data-dir="+c.file("etcd"),
		"--listen-client-urls="+client,
		"--advertise-client-urls="+client,
		"--listen-peer-urls="+peer,
		"--initial-advertise-peer-urls="+peer,
		"--initial-cluster=test="+peer,
		"--unsafe-no-fsync", // nothing has to outlive the machine
		"--log-level=warn",
	)
	return err
}

func (c *Cluster) startAPIServer(ctx context.Context) (err error) {
	if err := c.writeAuditPolicy(); err != nil {
		return err
	}
	c.api, err = c.starter.run(c.folder, c.programs.path("kube-apiserver"), nil, append([]string{
		"--etcd-servers=http://" + loopback(c.etcdPort),
		"--etcd-compaction-interval=0",
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", c.apiPort),
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.0.0.0/16",
		"--allow-privileged=true",
		"--authorization-mode=RBAC",
		"--client-ca-file=" + c.file(authorityFile),
		"--tls-cert-file=" + c.file(serverCertificateFile),
		"--tls-private-key-file=" + c.file(serverKeyFile),
		"--requestheader-client-ca-file=" + c.file(frontAuthorityFile),
		"--requestheader-allowed-names=" + frontUser,
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.file(serviceAccountKeyFile),
		"--service-account-signing-key-file=" + c.file(serviceAccountKeyFile),
		"--audit-policy-file=" + c.file(auditPolicyFile),
		"--audit-log-path=" + c.file(auditLogFile),
		"--audit-log-mode=blocking",
		"--audit-log-maxsize=1000000", // it is read whole; 0 would be 100 MB
		// What limits clients is a matter of Proxy.
		"--enable-priority-and-fairness=false",
		"--max-requests-inflight=4000",
		"--max-mutating-requests-inflight=2000",
		"--profiling=false",
	}, c.options.APIServerFlags...)...)
	if err != nil {
		return err
	}
	if err := c.wait(ctx, "kube-apiserver", c.ready); err != nil {
		return err
	}
	return c.wait(ctx, "kube-apiserver with its namespaces", c.hasNamespaces)
}

// StopAPIServer kills the API server, as a crash would: clients see their connections
// end and get no new ones. All data stay, with etcd.
func (c *Cluster) StopAPIServer() { c.api.kill() }

// StartAPIServer runs the API server again, where it was, and waits until it is ready.
func (c *Cluster) StartAPIServer(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startWithin)
	defer cancel()
	if err := c.repairAuditLog(); err != nil {
		t.Fatal(err)
	}
	if err := c.startAPIServer(ctx); err != nil {
		t.Fatalf("%v\n%s", err, c.api.complaints())
	}
}

// ready asks the API server.
func (c *Cluster) ready(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	code, err := c.get(ctx, "/readyz")
	return err == nil && code == http.StatusOK, nil //nolint:nilerr // it does not listen yet
}

// hasNamespaces says whether the namespaces are there that a server makes for itself, which
// it does after it has said that it is ready.
func (c *Cluster) hasNamespaces(ctx context.Context) (bool, error) {
	for _, name := range []string{"default", "kube-node-lease", "kube-public", "kube-system"} {
		_, err := c.client.Resource(namespaces).Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// get is the code of an answer to an administrator.
func (c *Cluster) get(ctx context.Context, path string) (code int, err error) {
	client, err := rest.HTTPClientFor(c.ownConfig())
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.host()+path, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("User-Agent", HarnessUserAgent)
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// wait asks until the answer is yes. A program of the cluster that ends is an error.
func (c *Cluster) wait(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		ok, err := done(ctx)
		if ok || err != nil {
			return err
		}
		for _, p := range []*process{c.etcd, c.api, c.controllers, c.kwok} {
			if p != nil {
				if err := p.running(); err != nil {
					return err
				}
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w", what, ctx.Err())
		case <-ticker.C:
		}
	}
}

// ProcessIDs are those of the programs of the cluster, by name, for measurements.
func (c *Cluster) ProcessIDs() map[string]int {
	ids := map[string]int{}
	for _, p := range []*process{c.etcd, c.api, c.controllers, c.kwok} {
		if p != nil {
			ids[p.name] = p.command.Process.Pid
		}
	}
	return ids
}

// environment keeps programs away from the configuration of who runs the test.
func (c *Cluster) environment() []string {
	return []string{"HOME=" + c.folder, "KWOK_WORKDIR=" + c.file("kwok"), "KUBECONFIG=" + os.DevNull}
}
