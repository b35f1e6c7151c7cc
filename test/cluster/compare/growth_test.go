package compare

import (
	"flag"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/test/cluster"
)

var sizes = flag.String("sizes", "50x5,200x5,200x40", "objects x phases that growth is measured with, separated by commas")

// growthStages are the command lines that growth is measured of, in this order. The
// version of the package is v1 or v2, which differ in every object.
var growthStages = []struct {
	name string
	line func(first, second, namespace string) []string
}{
	{"install", func(first, _, n string) []string { return []string{"apply", first, "--name", "growth", "-n", n} }},
	{"again", func(first, _, n string) []string { return []string{"apply", first, "--name", "growth", "-n", n} }},
	{"status", func(_, _, n string) []string { return []string{"status", "growth", "-n", n} }},
	{"drift", func(_, _, n string) []string { return []string{"drift", "growth", "-n", n} }},
	{"plan", func(_, second, n string) []string { return []string{"plan", second, "--name", "growth", "-n", n} }},
	{"upgrade", func(_, second, n string) []string { return []string{"apply", second, "--name", "growth", "-n", n} }},
	{"rollback", func(_, _, n string) []string { return []string{"rollback", "growth", "-n", n} }},
	{"delete", func(_, _, n string) []string { return []string{"delete", "growth", "-n", n} }},
}

// TestGrowth says how what packstage does in a cluster grows with the number of objects
// and of phases. Times are only told; that the calls are no more than linear is checked.
func TestGrowth(t *testing.T) {
	c := cluster.Start(t, cluster.Options{})
	packstage := built(t)
	var table strings.Builder
	table.WriteString("| objects | phases | stage | time | CPU | calls | memory at the peak |\n|---:|---:|---|---:|---:|---:|---:|\n")
	var all []grown
	for _, size := range strings.Split(*sizes, ",") {
		var now grown
		_, err := fmt.Sscanf(size, "%dx%d", &now.objects, &now.phases)
		require.NoError(t, err, "size %q", size)
		now.stages = grow(t, c, packstage, now.objects, now.phases)
		now.write(&table, all)
		for _, stage := range growthStages {
			// A phase costs a write of the record, and looks that tell that what was deleted
			// is gone; the rest is what there is in any case.
			require.LessOrEqual(t, now.stages[stage.name].calls, 4*now.objects+8*now.phases+50, "%s of %s", stage.name, size)
		}
		all = append(all, now)
	}
	t.Log("\n" + table.String())
}

// grown is what was measured with a number of objects and phases.
type grown struct {
	objects, phases int
	stages          map[string]usage
}

// write writes the rows of a size. In brackets are the exponents of growth from the
// size before that differs in one of the two numbers only.
func (g grown) write(table *strings.Builder, earlier []grown) {
	var before grown
	factor := 0.0
	for _, other := range earlier {
		switch {
		case other.phases == g.phases && other.objects != g.objects:
			before, factor = other, float64(g.objects)/float64(other.objects)
		case other.objects == g.objects && other.phases != g.phases:
			before, factor = other, float64(g.phases)/float64(other.phases)
		}
	}
	exponent := func(now, then time.Duration) string {
		if factor == 0 {
			return ""
		}
		return fmt.Sprintf(" (%.2f)", math.Log(now.Seconds()/then.Seconds())/math.Log(factor))
	}
	for _, stage := range growthStages {
		now, then := g.stages[stage.name], before.stages[stage.name]
		fmt.Fprintf(table, "| %d | %d | %s | %.2f s%s | %.2f s%s | %d | %d MB |\n", g.objects, g.phases, stage.name,
			now.wall.Seconds(), exponent(now.wall, then.wall), now.cpu.Seconds(), exponent(now.cpu, then.cpu), now.calls, now.memory>>20)
	}
}

// grow measures every stage once.
func grow(t *testing.T, c *cluster.Cluster, packstage string, objects, phases int) map[string]usage {
	t.Helper()
	first, second := sized(objects, phases, "1").write(t).packaged, sized(objects, phases, "2").write(t).packaged
	namespace := c.CreateNamespace(t, "growth")
	measured := map[string]usage{}
	for _, stage := range growthStages {
		began := time.Now()
		one := run(t, c.Kubeconfig(), append([]string{packstage}, stage.line(first, second, namespace)...))
		one.calls = len(c.AuditEvents(t, cluster.FromUserAgent("packstage"), func(e cluster.AuditEvent) bool {
			return !e.RequestReceivedTimestamp.Time.Before(began.Truncate(time.Microsecond))
		}))
		measured[stage.name] = one
		wanted := objects
		if stage.name == "delete" {
			wanted = 0
		}
		require.Equal(t, wanted, count(t, c, namespace), stage.name)
	}
	return measured
}

// sized are ConfigMaps that say a value, in phases of one size.
func sized(objects, phases int, value string) set {
	s := set{name: fmt.Sprintf("%d objects in %d phases", objects, phases), phases: make([][]string, phases)}
	for i := range objects {
		name := fmt.Sprintf("object-%05d", i)
		phase := i * phases / objects
		s.phases[phase] = append(s.phases[phase], fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n  labels:\n    app.kubernetes.io/name: compare\ndata:\n  name: %s\n  value: %q\n  text: %q\n",
			name, name, value, fmt.Sprintf("%0200d", i)))
	}
	return s
}
