package faults_test

import (
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/test/cluster"
	"github.com/packstage/packstage/test/cluster/kills/journey"
)

// Two processes install the same at once: one waits for the other, and finds nothing
// left to do.
func TestTwoInstallersAtOnce(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	observer := journey.RequireObserver(t, c)
	install := journey.Operations()[0]
	alone, _ := journey.Prepare(t, c, install)
	require.NoError(t, journey.Run(t.Context(), c.Config(), alone, install.Step, journey.Options(), false))
	wanted := observer.RequireSettled(t, alone)

	namespace, foreign := journey.Prepare(t, c, install)
	kubeconfig := cluster.WriteKubeconfig(t, c.Config(), "")
	var both sync.WaitGroup
	for range 2 {
		command := child(t, kubeconfig, namespace, install.Step, time.Minute)
		both.Go(func() {
			output, err := command.CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
	both.Wait()
	observer.RequireState(t, namespace, wanted, foreign, "after two at once")
}

// Who does not want to wait is told who is at work.
func TestInstallerIsAtWork(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	journey.RequireStores(t, c.Config().Host, c.Client())
	namespace := c.CreateNamespace(t, "held")
	r := begin(t, c.Config(), slow(t, namespace), func(o *installer.Options) { o.Who = "ann" })
	r.await(t, installer.EventWaiting)
	_, err := apply(t, at(t, c.Config(), func(o *installer.Options) { o.LeaseWait = 0 }), instance(t, namespace, small))
	var held *installer.HeldError
	require.True(t, errors.As(err, &held), "%v", err)
	requireSays(t, err, "is being changed by", "run it again")
	letGo(t, c, namespace)
	require.NoError(t, <-r.done)
	requireConverges(t, c, slow(t, namespace), 1)
}

// The times in a lease are those of clocks that nobody can trust: a dead holder is
// replaced after the duration that it says, whether its clock was behind or ahead.
func TestClocksJump(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	for name, year := range map[string]string{"in the past": "1999", "in the future": "2199"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			namespace := c.CreateNamespace(t, "clock")
			create(t, c, journey.LeaseResource, namespace, `apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: packstage.shop}
spec:
  holderIdentity: dead_0123456789abcdef
  leaseDurationSeconds: 2
  leaseTransitions: 0
  acquireTime: "`+year+`-01-01T00:00:00.000000Z"
  renewTime: "`+year+`-01-01T00:00:00.000000Z"
`)
			before := time.Now()
			_, err := apply(t, at(t, c.Config(), nil), instance(t, namespace, small))
			require.NoError(t, err)
			require.GreaterOrEqual(t, time.Since(before), 2*time.Second)
			_, err = c.Client().Resource(journey.LeaseResource).Namespace(namespace).Get(t.Context(), "packstage.shop", metav1.GetOptions{})
			require.True(t, apierrors.IsNotFound(err), "%v", err)
			requireConverges(t, c, instance(t, namespace, small), 1)
		})
	}
}

// A process that was stopped in the middle of an upgrade wakes up after another one has
// gone back: it notices by itself that it is not its turn any more.
func TestStoppedInstallerDoesNotWrite(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	observer := journey.RequireObserver(t, c)
	upgrade := journey.Operations()[1]
	namespace, foreign := journey.Prepare(t, c, upgrade)
	var command *exec.Cmd
	var started sync.WaitGroup
	started.Add(1)
	stopped := make(chan struct{})
	var once atomic.Bool
	proxy := cluster.StartProxy(t, c, func(_ int, r *http.Request) cluster.Fault {
		// The first write of the second phase.
		if r.Method != http.MethodPatch || r.URL.Query().Has("dryRun") || !strings.Contains(r.URL.Path, "/stores/") || !once.CompareAndSwap(false, true) {
			return cluster.Fault{}
		}
		return cluster.Fault{After: func() {
			started.Wait()
			if err := command.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Error(err)
			}
			close(stopped)
		}}
	})
	// The next one waits so long for it, and it must not lose the lease before it is stopped.
	command = child(t, proxy.Kubeconfig(t), namespace, upgrade.Step, 30*time.Second)
	var said strings.Builder
	command.Stderr = &said
	require.NoError(t, command.Start())
	started.Done()
	t.Cleanup(func() { _ = command.Process.Kill() }) // it may be stopped for good
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case <-stopped:
	case err := <-ended:
		t.Fatalf("it has ended before it was stopped: %v: %s", err, said.String())
	}

	require.NoError(t, journey.Run(t.Context(), c.Config(), namespace, journey.First, journey.Options(), false))
	requireState(t, c, namespace, history.StateAvailable, 3)
	after := observer.RequireSettled(t, namespace)
	before := versions(t, c, namespace)
	seen := proxy.Count()

	require.NoError(t, command.Process.Signal(syscall.SIGCONT))
	require.Error(t, <-ended)
	t.Logf("message: %s", said.String())
	require.Contains(t, said.String(), "the lock of release "+namespace+"/shop was lost")
	require.Contains(t, said.String(), "run it again")
	require.Equal(t, before, versions(t, c, namespace))
	for _, request := range proxy.Requests()[seen:] {
		// It may try to give back the lease, with preconditions: there is none.
		if request.Method != http.MethodGet && !strings.HasSuffix(request.Path, "/leases/packstage.shop") {
			t.Errorf("it has sent %s %s after it woke up", request.Method, request.Path)
		}
	}
	observer.RequireState(t, namespace, after, foreign, "after it woke up")
}
