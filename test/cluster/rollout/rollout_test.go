package rollout_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	installercluster "github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/test/cluster"
)

// hostedClass is that of phases that go to the second cluster.
const hostedClass = "hosted-cluster"

// waitAtMost is how long is waited for what controllers do, however busy the machine.
const waitAtMost = 10 * time.Minute

// atOnce is how many packages are worked on at a time.
const atOnce = 6

// TestPackagesGoThroughTheirPhasesInOrder takes every package through its life, several
// packages at a time, and then judges the audit logs of it all.
func TestPackagesGoThroughTheirPhasesInOrder(t *testing.T) {
	t.Parallel()
	all := subjects(t)
	p := newPlatform(t, startCluster(t, cluster.Options{
		Controllers: true, Nodes: 3,
		// It has no metrics here, and now and then puts replicas at the minimum of an
		// autoscaler that is about to go.
		ControllerManagerFlags: []string{"--controllers=*,-horizontal-pod-autoscaler-controller"},
	}), all)
	hosted := startCluster(t, cluster.Options{})
	p.awaitRefusal(t)
	ctx, cancel := context.WithCancel(t.Context())
	var operating sync.WaitGroup
	operating.Go(func() { p.operate(ctx) })
	defer operating.Wait()
	defer cancel()

	before := p.settledInventory(t)
	var mutex sync.Mutex
	var lives []*life
	queue := make(chan int)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for index := range queue {
				s := all[index]
				for number, c := range s.cases {
					t.Run(s.name+"/"+c.name, func(t *testing.T) {
						l := &life{
							platform: p, hosted: hosted, subject: s, number: number,
							release: installercluster.Release{Namespace: s.namespace, Name: s.name}, how: howToFail(s, index+number),
						}
						defer func() { mutex.Lock(); lives = append(lives, l); mutex.Unlock() }()
						l.live(t)
					})
				}
			}
		})
	}
	for index := range all {
		queue <- index
	}
	close(queue)
	workers.Wait()

	t.Run("the cluster has what it had before", func(t *testing.T) {
		differences, problem := []string{"nobody has looked"}, error(nil)
		for limit := time.Now().Add(waitAtMost); len(differences) > 0 && time.Now().Before(limit); time.Sleep(200 * time.Millisecond) {
			var after map[installercluster.Reference]seen
			if after, problem = p.inventory(t.Context()); problem == nil {
				differences = compare(before, after)
			}
		}
		require.NoError(t, problem)
		require.Empty(t, differences)
	})
	log := readLogs(t, map[string]*cluster.Cluster{"": p.Cluster, hostedClass: hosted})
	for _, l := range lives {
		for _, done := range l.operations {
			t.Run("order of "+done.agent, func(t *testing.T) {
				for _, finding := range judge(log, done) {
					t.Error(finding)
				}
			})
		}
	}
	t.Log(table(lives))
}

func readLogs(t *testing.T, clusters map[string]*cluster.Cluster) []entry {
	t.Helper()
	var log []entry
	for class, c := range clusters {
		read, err := readLog(class, c.AuditEvents(t))
		require.NoError(t, err)
		log = append(log, read...)
	}
	return inOrder(log)
}

// howToFail takes turns; a Job that fails is no failure to who does not judge Jobs.
func howToFail(s subject, turn int) failure {
	how := []failure{refused, failedJob, late}[turn%3]
	if s.withoutKindRules && how == failedJob {
		return refused
	}
	return how
}

// table is what has run.
func table(lives []*life) string {
	var text strings.Builder
	fmt.Fprintf(&text, "\n%-32s %-26s %-52s %s\n", "package", "context", "operation", "phases, objects, time")
	for _, l := range lives {
		for _, row := range l.rows {
			text.WriteString(row + "\n")
		}
	}
	return text.String()
}
