package compare

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/test/cluster"
)

var (
	rounds = flag.Int("rounds", 1, "how often each program runs")
	write  = flag.String("write", "", "document between whose markers the table goes")
)

const (
	beginMark = "<!-- begin: installing -->\n"
	endMark   = "<!-- end: installing -->\n"
)

// stages are what is measured, in this order.
var stages = []string{"install", "again", "remove"}

func TestCompare(t *testing.T) {
	c := cluster.Start(t, cluster.Options{Controllers: true, Nodes: 10})
	programs := found(t)
	var table strings.Builder
	for _, s := range []set{plain(), workloads()} {
		measured := measure(t, c, s, programs)
		writeTable(&table, s, programs, measured)
		for _, stage := range stages {
			require.NotEmpty(t, measured["packstage"][stage])
		}
		for _, again := range measured["packstage"]["again"] {
			require.Zero(t, again.writes, "the same again changes nothing")
		}
	}
	t.Log("\n" + table.String())
	if *write == "" {
		return
	}
	document, err := os.ReadFile(*write)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(document), beginMark)
	require.True(t, ok, "%s has no %s", *write, beginMark)
	_, after, ok := strings.Cut(rest, endMark)
	require.True(t, ok)
	require.NoError(t, os.WriteFile(*write, []byte(before+beginMark+table.String()+endMark+after), 0o600))
}

// measure runs every program in turn, each in a namespace of its own.
func measure(t *testing.T, c *cluster.Cluster, s set, programs []program) map[string]map[string][]usage {
	t.Helper()
	made := s.write(t)
	measured := map[string]map[string][]usage{}
	for round := range *rounds {
		for i := range programs {
			p := programs[(round+i)%len(programs)] // none of them is always the first
			namespace := c.CreateNamespace(t, "compare")
			if measured[p.name] == nil {
				measured[p.name] = map[string][]usage{}
			}
			for _, stage := range stages {
				arguments := map[string]func(set, folders, string) []string{"install": p.install, "again": p.again, "remove": p.remove}[stage](s, made, namespace)
				before := time.Now()
				one := run(t, c.Kubeconfig(), arguments)
				for _, event := range c.AuditEvents(t, cluster.FromUserAgent(p.agent), func(e cluster.AuditEvent) bool {
					return !e.RequestReceivedTimestamp.Time.Before(before.Truncate(time.Microsecond))
				}) {
					one.calls++
					if event.IsWrite() && !event.IsDryRun() && event.ObjectRef != nil && event.ObjectRef.Namespace == namespace {
						one.writes++
					}
				}
				require.Positive(t, one.calls, "%s %s", p.name, stage)
				measured[p.name][stage] = append(measured[p.name][stage], one)
				wanted := 0
				if stage != "remove" {
					wanted = s.objects()
				}
				require.Equal(t, wanted, count(t, c, namespace), "%s %s", p.name, stage)
			}
		}
	}
	return measured
}

// count returns how many of the set's objects are in a namespace.
func count(t *testing.T, c *cluster.Cluster, namespace string) int {
	t.Helper()
	all := 0
	for _, resource := range []schema.GroupVersionResource{
		{Version: "v1", Resource: "configmaps"}, {Version: "v1", Resource: "secrets"}, {Version: "v1", Resource: "serviceaccounts"}, {Group: "apps", Version: "v1", Resource: "deployments"},
	} {
		list, err := c.Client().Resource(resource).Namespace(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=compare"})
		require.NoError(t, err)
		all += len(list.Items)
	}
	return all
}

// median returns the one in the middle.
func median[T int | int64 | time.Duration](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

func writeTable(out *strings.Builder, s set, programs []program, measured map[string]map[string][]usage) {
	fmt.Fprintf(out, "\n%s:\n\n| program | stage | median | fastest | calls | writes | memory at the peak |\n|---|---|---:|---:|---:|---:|---:|\n", s.name)
	for _, stage := range stages {
		for _, p := range programs {
			var walls []time.Duration
			var memories []int64
			var calls, writes []int
			for _, one := range measured[p.name][stage] {
				walls, memories = append(walls, one.wall), append(memories, one.memory)
				calls, writes = append(calls, one.calls), append(writes, one.writes)
			}
			fmt.Fprintf(out, "| %s | %s | %.2f s | %.2f s | %d | %d | %d MB |\n", p.name, stage, median(walls).Seconds(), slices.Min(walls).Seconds(), median(calls), median(writes), median(memories)>>20)
		}
	}
}
