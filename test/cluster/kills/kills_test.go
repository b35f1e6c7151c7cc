package kills_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/test/cluster"
	"github.com/packstage/packstage/test/cluster/kills/journey"
)

var (
	seed   = flag.Uint64("kills.seed", 1, "seed of the points at which installers are killed")
	points = flag.Int("kills.points", 200, "how many there are")
	only   = flag.Int("kills.only", 0, "number of the only one; 0 is all")
)

// atOnce is how many points are tried in parallel: most of the time they wait.
const atOnce = 12

func TestMain(m *testing.M) {
	beChild()
	flag.Parse()
	if err := flag.Set("test.parallel", fmt.Sprint(atOnce)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cluster.Main(m, cluster.Options{Controllers: true, Nodes: 2})
}

// point is one at which an installer is killed.
type point struct {
	number    int
	operation journey.Operation
	// share of the requests that an undisturbed run makes, after which it is killed.
	share float64
	// after tells that the last request was executed.
	after bool
	// parallelism of the installer that is killed: 1 makes its requests in one order.
	parallelism int
	// process tells that the next run is a program of its own.
	process bool
}

// choose spreads the points evenly over the operations and over the requests of each,
// with a random place in each part.
func choose(seed uint64, count int) []point {
	random := rand.New(rand.NewPCG(seed, 2))
	operations := journey.Operations()
	var all []point
	for number := range count {
		operation, nth := number%len(operations), number/len(operations)
		of := (count - operation + len(operations) - 1) / len(operations)
		all = append(all, point{
			number: number + 1, operation: operations[operation],
			share: (float64(nth) + random.Float64()) / float64(of),
			after: random.IntN(2) == 0, parallelism: []int{1, 16}[random.IntN(2)], process: random.IntN(4) == 0,
		})
	}
	return all
}

// undisturbed is what a run that nobody disturbs makes of a namespace.
type undisturbed struct {
	state    journey.State
	requests int
}

func TestKilledBetweenAnyTwoCalls(t *testing.T) {
	c := cluster.Shared(t)
	observer := journey.RequireObserver(t, c)
	wanted := map[string]undisturbed{}
	var lock sync.Mutex
	t.Run("undisturbed", func(t *testing.T) {
		for _, operation := range journey.Operations() {
			for run := range 2 { // what differs between them cannot be compared
				t.Run(fmt.Sprintf("%s-%d", operation.Name, run), func(t *testing.T) {
					t.Parallel()
					found := leaveAlone(t, c, observer, operation)
					lock.Lock()
					defer lock.Unlock()
					if before, ok := wanted[operation.Name]; ok {
						require.Empty(t, found.state.Difference(before.state))
						found.requests = min(found.requests, before.requests)
					}
					wanted[operation.Name] = found
				})
			}
		}
	})
	if t.Failed() {
		return
	}
	began := time.Now()
	table := report{}
	t.Run("killed", func(t *testing.T) {
		for _, p := range choose(*seed, *points) {
			if *only != 0 && *only != p.number {
				continue
			}
			t.Run(fmt.Sprintf("%03d-%s", p.number, p.operation.Name), func(t *testing.T) {
				t.Parallel()
				table.add(p, kill(t, c, observer, p, wanted[p.operation.Name]))
			})
		}
	})
	t.Logf("seed %d, %s\n%s", *seed, time.Since(began).Round(time.Second), table.text(wanted))
}

func leaveAlone(t *testing.T, c *cluster.Cluster, observer *journey.Observer, operation journey.Operation) undisturbed {
	t.Helper()
	namespace, _ := journey.Prepare(t, c, operation)
	proxy := cluster.StartProxy(t, c, nil)
	require.NoError(t, child(t, proxy.Kubeconfig(t), namespace, operation.Step, 1, longLease).Run())
	requests := proxy.Count()
	found := undisturbed{state: observer.RequireSettled(t, namespace), requests: requests}
	require.Equal(t, operation.Revisions, found.state.Revisions())
	return found
}

// killedAt is where an installer was killed.
type killedAt struct {
	request, of int
	what        string
	// leaseLeft tells that the lease of the dead was there after the next run.
	leaseLeft bool
}

// kill kills an installer at a point, lets the next one do it again, and compares.
func kill(t *testing.T, c *cluster.Cluster, observer *journey.Observer, p point, wanted undisturbed) killedAt {
	t.Helper()
	namespace, foreign, at := dead(t, c, p, wanted.requests)
	step := p.operation.Step
	if step == journey.Previous && backAlready(t, c, namespace) {
		step = journey.Back // done: the same call again would go back from there
	}
	if p.process {
		require.NoError(t, child(t, cluster.WriteKubeconfig(t, c.Config(), ""), namespace, step, 16, longLease).Run())
	} else {
		require.NoError(t, journey.Run(t.Context(), c.Config(), namespace, step, journey.Options(), true))
	}
	when := fmt.Sprintf("%s, killed at request %d of %d (%s; executed: %v)", p.operation.Name, at.request, at.of, at.what, p.after)
	_, at.leaseLeft = observer.RequireState(t, namespace, wanted.state, foreign, when, lease)[lease]
	if at.leaseLeft {
		takeOver(t, c, p, namespace)
	}
	return at
}

// lease is what an installer that is killed after its work was done leaves behind: who
// finds nothing to do takes no lease, and so does not remove that of the dead.
const lease = "leases packstage.shop"

// takeOver wants the next one that has something to do not to mind the lease of the
// dead, and to remove it.
func takeOver(t *testing.T, c *cluster.Cluster, p point, namespace string) {
	t.Helper()
	step := journey.Second
	if p.operation.Step == journey.Second {
		step = journey.First
	}
	require.NoError(t, journey.Run(t.Context(), c.Config(), namespace, step, journey.Options(), false))
	_, err := c.Client().Resource(journey.LeaseResource).Namespace(namespace).Get(t.Context(), "packstage.shop", metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "%v", err)
}

// backAlready tells whether a rollback had come to its end before the installer died.
func backAlready(t *testing.T, c *cluster.Cluster, namespace string) bool {
	t.Helper()
	client, err := dynamiccluster.New(c.Config())
	require.NoError(t, err)
	record, err := installer.New(client, journey.Options()).History(t.Context(), journey.Release(namespace))
	require.NoError(t, err)
	return record.State == history.StateAvailable && record.Available == 3
}

// attempts is how many are started until one is killed.
const attempts = 8

// dead kills an installer. One that ends before the request comes does not count, and
// another one is killed: earlier where it came to its end, having had less to wait for
// than the undisturbed one; with a longer lease where the machine was too busy to renew
// it in time.
func dead(t *testing.T, c *cluster.Cluster, p point, requests int) (string, journey.Foreign, killedAt) {
	t.Helper()
	hook, when := cluster.KillBefore, "before"
	if p.after {
		hook, when = cluster.KillAfter, "after"
	}
	duration := time.Second // which is how long the next run waits for the dead
	for range attempts {
		namespace, foreign := journey.Prepare(t, c, p.operation)
		proxy := cluster.StartProxy(t, c, nil)
		n := 1 + int(p.share*float64(requests))
		command := child(t, proxy.Kubeconfig(t), namespace, p.operation.Step, p.parallelism, duration)
		var said strings.Builder
		command.Stderr = &said
		killed, err := proxy.Kill(command, hook, n)
		all := proxy.Requests()
		if killed {
			require.GreaterOrEqual(t, len(all), n)
			last := all[n-1]
			t.Logf("seed %d: killed at request %d of about %d, %s %s %s", *seed, n, requests, when, last.Method, last.Path)
			return namespace, foreign, killedAt{request: n, of: requests, what: last.Method + " " + last.Path}
		}
		if err == nil {
			requests = len(all)
			continue
		}
		require.Contains(t, said.String(), "could not be renewed in time", "it failed before it was killed")
		duration += 2 * time.Second
	}
	t.Fatalf("%d installers have ended before the request came", attempts)
	return "", nil, killedAt{}
}
