package installer_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
)

// faulty is a cluster in which calls fail now and then, before or after they are
// carried out, as a seed says.
type faulty struct {
	*clustertest.Cluster
	mutex  sync.Mutex
	random *rand.Rand
	share  float64
}

func newFaulty(seed uint64, share float64) *faulty {
	f := &faulty{random: rand.New(rand.NewPCG(seed, 1)), share: share}
	f.Cluster = clustertest.New(
		clustertest.WithNamespaceContents(),
		clustertest.WithReadiness(func(*unstructured.Unstructured) int { return 1 }),
		clustertest.WithFault(func(_ context.Context, call clustertest.Call) error { return f.fault(call, true) }),
		clustertest.WithLostAnswer(func(_ context.Context, call clustertest.Call) error { return f.fault(call, false) }),
	)
	return f
}

// fault returns one of the errors that an API server, or the way to it, may give.
func (f *faulty) fault(call clustertest.Call, before bool) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.random.Float64() >= f.share {
		return nil
	}
	resource := schema.GroupResource{Resource: "things"}
	lost := []error{
		errors.New("read: connection reset by peer"),
		apierrors.NewTimeoutError("the request did not finish", 1),
	}
	if !before {
		return lost[f.random.IntN(len(lost))]
	}
	refused := append(lost,
		apierrors.NewTooManyRequests("slow down", 1),
		apierrors.NewInternalError(errors.New("etcd has no leader")),
		apierrors.NewServiceUnavailable("not yet"),
		apierrors.NewUnauthorized("token expired"),
	)
	if call.Verb == clustertest.VerbUpdate {
		refused = append(refused, apierrors.NewConflict(resource, call.Reference.Name, errors.New("modified")))
	}
	return refused[f.random.IntN(len(refused))]
}

// However calls fail, calling again comes to the cluster of a run without failures. The
// runs are on a clock of their own: no lease runs out because the machine is busy.
func TestFaultsAnywhere(t *testing.T) {
	t.Parallel()
	for name, steps := range journeys(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				wanted, _ := troubled(t, steps, 0, 0)
				var runs sync.WaitGroup
				for seed := uint64(1); seed <= 15; seed++ {
					runs.Go(func() {
						found, failures := troubled(t, steps, seed, 0.02)
						same(t, wanted, found, fmt.Sprintf("seed %d, after %d failures", seed, failures))
					})
				}
				runs.Wait()
			})
		})
	}
}

// troubled makes the steps in a cluster with faults, each until it succeeds.
func troubled(t *testing.T, steps []func(context.Context, *installer.Installer) error, seed uint64, share float64) (found map[string]string, failures int) {
	t.Helper()
	f := newFaulty(seed, share)
	options := quick()
	options.LeaseWait, options.LeaseDuration = 5*time.Minute, 2*time.Second
	for number, step := range steps {
		for {
			err := step(t.Context(), installer.New(f, options))
			if err == nil || number == len(steps)-1 && failures > 0 && isGone(err) {
				break
			}
			failures++
			if !assert.Less(t, failures, 200, "seed %d never comes to an end: %v", seed, err) {
				return nil, failures
			}
		}
	}
	require.NotNil(t, f)
	return content(f.Cluster), failures
}
