package kills_test

import (
	"fmt"
	"strings"
	"sync"

	"github.com/packstage/packstage/test/cluster/kills/journey"
)

// report counts what was tried.
type report struct {
	mutex sync.Mutex
	rows  map[string]*row
}

type row struct {
	before, after, processes int
	leases                   int
	first, last              int
	requests                 map[int]bool
}

func (r *report) add(p point, at killedAt) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.rows == nil {
		r.rows = map[string]*row{}
	}
	counted := r.rows[p.operation.Name]
	if counted == nil {
		counted = &row{first: at.request, requests: map[int]bool{}}
		r.rows[p.operation.Name] = counted
	}
	if p.after {
		counted.after++
	} else {
		counted.before++
	}
	if p.process {
		counted.processes++
	}
	if at.leaseLeft {
		counted.leases++
	}
	counted.first, counted.last = min(counted.first, at.request), max(counted.last, at.request)
	counted.requests[at.request] = true
}

func (r *report) text(wanted map[string]undisturbed) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%-28s %9s %7s %7s %6s %8s %10s %10s %7s\n", "operation", "requests", "killed", "before", "after", "numbers", "from..to", "processes", "leases")
	total := 0
	for _, operation := range journey.Operations() {
		counted := r.rows[operation.Name]
		if counted == nil {
			continue
		}
		killed := counted.before + counted.after
		total += killed
		fmt.Fprintf(&text, "%-28s %9d %7d %7d %6d %8d %10s %10d %7d\n", operation.Name, wanted[operation.Name].requests, killed,
			counted.before, counted.after, len(counted.requests), fmt.Sprintf("%d..%d", counted.first, counted.last), counted.processes, counted.leases)
	}
	fmt.Fprintf(&text, "%d converged\n", total)
	return text.String()
}
