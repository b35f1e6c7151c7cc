package faults_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/test/cluster"
	"github.com/packstage/packstage/test/cluster/kills/journey"
)

var (
	seed      = flag.Uint64("faults.seed", 1, "seed of the schedules of faults")
	schedules = flag.Int("faults.schedules", 100, "how many there are")
	only      = flag.Int("faults.only", 0, "number of the only one; 0 is all")
)

// atOnce is how many tests run in parallel: most of the time they wait.
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

// schedule says which requests go wrong, and how. The same seed gives the same numbers
// of requests the same faults; which request has a number depends on the order in which
// they arrive.
type schedule struct {
	mutex  sync.Mutex
	random *rand.Rand
	share  float64
	// expired tells that there was a 401, which comes once.
	expired bool
	counts  map[string]int
}

func newSchedule(seed uint64, number int) *schedule {
	random := rand.New(rand.NewPCG(seed, uint64(number)))
	return &schedule{random: random, share: 0.02 + 0.10*random.Float64(), counts: map[string]int{}}
}

const webhookMessage = `Internal error occurred: failed calling webhook "guard.example.com": failed to call webhook: Post "https://guard.example.svc:443/?timeout=10s": dial tcp: connection refused`

// fault is a cluster.Hook.
func (s *schedule) fault(_ int, r *http.Request) cluster.Fault {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	chance, which, sever := s.random.Float64(), s.random.IntN(12), s.random.IntN(2) == 0
	delay := time.Duration(20+s.random.IntN(280)) * time.Millisecond
	if chance >= s.share {
		return cluster.Fault{}
	}
	writes := r.Method != http.MethodGet
	name, fault := "", cluster.Fault{}
	switch which {
	case 0, 1:
		if name = "409"; !writes || r.Method == http.MethodPost {
			return cluster.Fault{}
		}
		fault = cluster.Fault{Status: http.StatusConflict}
	case 2:
		name, fault = "429, Retry-After", cluster.Fault{Status: http.StatusTooManyRequests, RetryAfter: time.Second}
	case 3:
		name, fault = "500", cluster.Fault{Status: http.StatusInternalServerError}
	case 4:
		name, fault = "503", cluster.Fault{Status: http.StatusServiceUnavailable}
	case 5:
		name, fault = "504", cluster.Fault{Status: http.StatusGatewayTimeout}
	case 6:
		if name = "401, once"; s.expired {
			return cluster.Fault{}
		}
		s.expired = true
		fault = cluster.Fault{Status: http.StatusUnauthorized}
	case 7, 8:
		name, fault = "request lost", cluster.Fault{Lose: cluster.LoseRequest, Sever: sever}
	case 9, 10:
		name, fault = "answer lost", cluster.Fault{Lose: cluster.LoseResponse, Sever: sever}
	case 11:
		if name = "500 of a webhook"; !writes {
			name, fault = "delay", cluster.Fault{Delay: delay}
			break
		}
		fault = cluster.Fault{Status: http.StatusInternalServerError, Message: webhookMessage}
	}
	if fault.Delay == 0 && delay > 200*time.Millisecond {
		fault.Delay = delay
	}
	s.counts[name]++
	return fault
}

// operations are those whose calls can be repeated as they are.
func operations() []journey.Operation {
	return slices.DeleteFunc(journey.Operations(), func(o journey.Operation) bool { return o.Step == journey.Previous })
}

func TestSchedulesOfFaults(t *testing.T) {
	c := cluster.Shared(t)
	observer := journey.RequireObserver(t, c)
	wanted := map[string]journey.State{}
	var lock sync.Mutex
	t.Run("undisturbed", func(t *testing.T) {
		for _, operation := range operations() {
			t.Run(operation.Name, func(t *testing.T) {
				t.Parallel()
				namespace, _ := journey.Prepare(t, c, operation)
				require.NoError(t, journey.Run(t.Context(), c.Config(), namespace, operation.Step, journey.Options(), false))
				state := observer.RequireSettled(t, namespace)
				require.Equal(t, operation.Revisions, state.Revisions())
				lock.Lock()
				defer lock.Unlock()
				wanted[operation.Name] = state
			})
		}
	})
	if t.Failed() {
		return
	}
	began, table := time.Now(), report{}
	t.Run("disturbed", func(t *testing.T) {
		for number := 1; number <= *schedules; number++ {
			operation := operations()[number%len(operations())]
			if *only != 0 && *only != number {
				continue
			}
			t.Run(fmt.Sprintf("%03d-%s", number, operation.Name), func(t *testing.T) {
				t.Parallel()
				disturb(t, c, observer, operation, newSchedule(*seed, number), wanted[operation.Name], number, &table)
			})
		}
	})
	t.Logf("seed %d, %s\n%s", *seed, time.Since(began).Round(time.Second), table.text())
}

// callsAtMost is how often an operation may be called until it succeeds.
const callsAtMost = 20

// disturb makes an operation behind a schedule of faults, again until it succeeds.
func disturb(t *testing.T, c *cluster.Cluster, observer *journey.Observer, operation journey.Operation, s *schedule, wanted journey.State, number int, table *report) {
	t.Helper()
	namespace, foreign := journey.Prepare(t, c, operation)
	proxy := cluster.StartProxy(t, c, s.fault)
	options := journey.Options()
	var problems []string
	for {
		// That of a call that could not give it back is waited for; one that was lost since
		// the machine is busy gets longer.
		options.LeaseDuration = time.Duration(6+2*len(problems)) * time.Second
		err := journey.Run(t.Context(), proxy.Config(), namespace, operation.Step, options, len(problems) > 0)
		if err == nil {
			break
		}
		problems = append(problems, err.Error())
		if len(problems) == callsAtMost {
			t.Fatalf("seed %d: after %d calls:\n%s", *seed, callsAtMost, strings.Join(problems, "\n"))
		}
	}
	for _, problem := range problems {
		t.Log(problem)
	}
	proxy.Reset(nil)
	when := fmt.Sprintf("%s, seed %d, schedule %d, after %d calls", operation.Name, *seed, number, len(problems)+1)
	state := observer.RequireState(t, namespace, wanted, foreign, when, lease)
	_, left := state[lease]
	table.add(operation.Name, s, len(problems)+1, left)
}

// lease is what an installer leaves behind that cannot give it back.
const lease = "leases packstage.shop"

// report counts what was tried.
type report struct {
	mutex sync.Mutex
	rows  map[string]*row
	kinds map[string]int
}

type row struct {
	schedules, faults, calls, most, atOnce, leases int
}

func (r *report) add(operation string, s *schedule, calls int, leaseLeft bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if r.rows == nil {
		r.rows, r.kinds = map[string]*row{}, map[string]int{}
	}
	if r.rows[operation] == nil {
		r.rows[operation] = &row{}
	}
	counted := r.rows[operation]
	counted.schedules++
	counted.calls += calls
	counted.most = max(counted.most, calls)
	if calls == 1 {
		counted.atOnce++
	}
	if leaseLeft {
		counted.leases++
	}
	for kind, count := range s.counts {
		r.kinds[kind] += count
		counted.faults += count
	}
}

func (r *report) text() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%-10s %10s %7s %10s %6s %6s %7s\n", "operation", "schedules", "faults", "first call", "calls", "most", "leases")
	for _, name := range slices.Sorted(maps.Keys(r.rows)) {
		c := r.rows[name]
		fmt.Fprintf(&text, "%-10s %10d %7d %10d %6d %6d %7d\n", name, c.schedules, c.faults, c.atOnce, c.calls, c.most, c.leases)
	}
	for _, kind := range slices.Sorted(maps.Keys(r.kinds)) {
		fmt.Fprintf(&text, "%-18s %4d\n", kind, r.kinds[kind])
	}
	return text.String()
}
