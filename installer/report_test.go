package installer_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/packagetypes"
)

// plans lists what a plan would do, in order.
func plans(plan *installer.Plan) []string {
	var all []string
	for _, phase := range plan.Phases {
		for _, one := range phase.Objects {
			text := phase.Name + ": " + string(one.Action) + " " + one.Object.String()
			for _, change := range one.Changes {
				text += " " + change.String()
			}
			all = append(all, text)
		}
	}
	for _, one := range plan.Deletions {
		all = append(all, one.Phase+": "+string(one.Action)+" "+one.Object.String())
	}
	return all
}

func TestPlanSaysWhatApplyDoes(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	first := phases(t, "# phase config\n"+configMap("a", "1")+"---\n"+configMap("b", "1")+"# phase deploy\n"+deployment("web", "nginx:1"))
	plan, err := i.Plan(t.Context(), shop, first, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{
		"config: create ConfigMap default/a", "config: create ConfigMap default/b", "deploy: create Deployment.apps default/web",
	}, plans(plan))
	require.Equal(t, 1, plan.Revision)
	require.False(t, plan.Blocked())
	require.Empty(t, writes(c))
	_, err = i.Apply(t.Context(), shop, first, installer.ApplyOptions{})
	require.NoError(t, err)

	plan, err = i.Plan(t.Context(), shop, first, installer.ApplyOptions{})
	require.NoError(t, err)
	require.True(t, plan.Empty())

	second := phases(t, "# phase config\n"+configMap("a", "2")+"# phase deploy\n"+deployment("web", "nginx:1")+"---\n"+configMap("c", "1"))
	c.Reset()
	plan, err = i.Plan(t.Context(), shop, second, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{
		`config: change ConfigMap default/a .data.value: "1" -> "2"`,
		"deploy: unchanged Deployment.apps default/web", "deploy: create ConfigMap default/c",
		"config: delete ConfigMap default/b",
	}, plans(plan))
	require.Equal(t, 2, plan.Revision)
	require.True(t, plan.NewRevision)
	require.Empty(t, writes(c))
}

func TestPlanSaysWhatBlocks(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	require.NoError(t, c.Load(object(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n")))
	i := installer.New(c, quick())
	instance := phases(t, "# phase config\n"+configMap("a", "1")+"---\n"+configMap("b", "1"))
	plan, err := i.Plan(t.Context(), shop, instance, installer.ApplyOptions{})
	require.NoError(t, err)
	require.True(t, plan.Blocked())
	require.Equal(t, installer.ActionBlocked, plan.Phases[0].Objects[0].Action)
	require.Equal(t, installer.ActionCreate, plan.Phases[0].Objects[1].Action)
	before := c.Snapshot()
	_, err = i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	var blocked *installer.BlockedError
	require.ErrorAs(t, err, &blocked)
	require.Equal(t, plan.Diagnostics, blocked.Diagnostics)
	require.Equal(t, "config.yaml", blocked.Diagnostics[0].Position.File)
	found, ok := diagnostic.From(err)
	require.True(t, ok)
	require.NotEmpty(t, found)
	require.Equal(t, before, c.Snapshot(), "nothing is written, not even a lease is left")

	plan, err = i.Plan(t.Context(), shop, instance, installer.ApplyOptions{Adopt: true})
	require.NoError(t, err)
	require.Equal(t, installer.ActionAdopt, plan.Phases[0].Objects[0].Action)
	result, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{Adopt: true})
	require.NoError(t, err)
	require.Equal(t, 1, result.Adopted)
	require.Equal(t, 1, result.Created)
}

func TestDrift(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	instance := phases(t, "# phase config\n"+configMap("a", "1")+"---\n"+configMap("b", "1")+"---\n"+configMap("c", "1")+"# phase deploy\n"+deployment("web", "nginx:1"))
	_, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	require.NoError(t, err)
	drift, err := i.Drift(t.Context(), shop)
	require.NoError(t, err)
	require.Empty(t, drift.Objects)
	require.Equal(t, 4, drift.Checked)

	require.NoError(t, c.Edit(t.Context(), "kubectl-edit", deploymentNamed("web"), func(object *unstructured.Unstructured) {
		require.NoError(t, unstructured.SetNestedField(object.Object, int64(5), "spec", "replicas"))
	}))
	require.NoError(t, c.Delete(t.Context(), configMapNamed("a"), cluster.DeleteOptions{}))
	require.NoError(t, c.Edit(t.Context(), "kubectl-edit", configMapNamed("b"), func(object *unstructured.Unstructured) {
		object.SetAnnotations(map[string]string{"note": "mine"}) // nobody else's business
	}))
	drift, err = i.Drift(t.Context(), shop)
	require.NoError(t, err)
	require.Len(t, drift.Objects, 2)
	require.True(t, drift.Objects[0].Missing)
	require.Equal(t, configMapNamed("a"), drift.Objects[0].Object)
	require.Len(t, drift.Objects[1].Changes, 1)
	require.Equal(t, ".spec.replicas", drift.Objects[1].Changes[0].Path)
	require.Equal(t, "kubectl-edit", drift.Objects[1].Changes[0].Managers[0].Name)

	// Without force, the same again does not fight with whoever has changed it.
	_, err = i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	var blocked *installer.BlockedError
	require.ErrorAs(t, err, &blocked)
	require.ErrorContains(t, err, "kubectl-edit")
	result, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{Force: true})
	require.NoError(t, err)
	require.False(t, result.NewRevision)
	require.Equal(t, 1, result.Revision)
	drift, err = i.Drift(t.Context(), shop)
	require.NoError(t, err)
	require.Empty(t, drift.Objects)
}

func TestStatusLiftsConditions(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	instance := phases(t, "# phase deploy\n"+deployment("web", "nginx:1"))
	instance.Phases[0].Objects[0] = packagetypes.NewObject(instance.Phases[0].Objects[0].DeepCopy(), diagnostic.Position{},
		[]packagetypes.ConditionMapping{{SourceType: "Available", DestinationType: "shop.example.com/Web"}}, "")
	_, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	require.NoError(t, err)
	status, err := i.Status(t.Context(), shop)
	require.NoError(t, err)
	require.Len(t, status.Conditions, 1)
	require.Equal(t, "shop.example.com/Web", status.Conditions[0].Type)
	require.Equal(t, "True", status.Conditions[0].Status)

	require.NoError(t, c.Delete(t.Context(), deploymentNamed("web"), cluster.DeleteOptions{}))
	status, err = i.Status(t.Context(), shop)
	require.NoError(t, err)
	require.False(t, status.Healthy())
	require.Contains(t, status.Message, "1 of its objects")
	require.Empty(t, status.Conditions)
}

func TestEventsAsAnIterator(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	instance := phases(t, "# phase config\n"+configMap("a", "1")+"# phase deploy\n"+deployment("web", "nginx:1"))
	apply := func(ctx context.Context, i *installer.Installer) error {
		_, err := i.Apply(ctx, shop, instance, installer.ApplyOptions{})
		return err
	}
	var types []installer.EventType
	for event, err := range i.Events(t.Context(), apply) {
		require.NoError(t, err)
		require.Equal(t, shop, event.Release)
		if event.Type != installer.EventPreflight {
			types = append(types, event.Type)
		}
		_, err := json.Marshal(event)
		require.NoError(t, err)
	}
	require.Equal(t, []installer.EventType{
		installer.EventRevision, installer.EventPhase, installer.EventObject, installer.EventPhaseAvailable,
		installer.EventPhase, installer.EventObject, installer.EventWaiting, installer.EventAvailable, installer.EventPhaseAvailable, installer.EventFinished,
	}, types)

	// Leaving the loop ends the operation; the next one goes on.
	instance = phases(t, "# phase config\n"+configMap("a", "2")+"# phase deploy\n"+deployment("web", "nginx:2"))
	for event := range i.Events(t.Context(), apply) {
		if event.Type == installer.EventPhase {
			break
		}
	}
	record, err := i.History(t.Context(), shop)
	require.NoError(t, err)
	require.Equal(t, history.StateProgressing, record.State)
	require.NoError(t, apply(t.Context(), i))

	var last error
	for _, err := range i.Events(t.Context(), func(context.Context, *installer.Installer) error { return errors.New("broken") }) {
		last = err
	}
	require.EqualError(t, last, "broken")
}

func TestPhasesOfAClassGoToTheirCluster(t *testing.T) {
	t.Parallel()
	home, hosted := clustertest.New(), clustertest.New(clustertest.WithUIDPrefix("bbbbbbbb"))
	instance := phases(t, "# phase config\n"+configMap("a", "1")+"# phase hosted hosted\n"+configMap("b", "1"))
	_, err := installer.New(home, quick()).Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	var blocked *installer.BlockedError
	require.ErrorAs(t, err, &blocked)
	require.ErrorContains(t, err, "hosted")

	options := quick()
	options.Clusters = map[string]cluster.Cluster{"hosted": hosted}
	i := installer.New(home, options)
	_, err = i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Contains(t, content(home), "ConfigMap default/a")
	require.NotContains(t, content(home), "ConfigMap default/b")
	require.Contains(t, content(hosted), "ConfigMap default/b")
	status, err := i.Status(t.Context(), shop)
	require.NoError(t, err)
	require.True(t, status.Healthy())
	_, err = i.Delete(t.Context(), shop, installer.DeleteOptions{})
	require.NoError(t, err)
	require.NotContains(t, content(hosted), "ConfigMap default/b")
}

func TestTwoInstallersAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clustertest.New(clustertest.WithReadiness(func(*unstructured.Unstructured) int { return 2 }))
		var runs sync.WaitGroup
		for n := range 4 {
			runs.Go(func() {
				options := quick()
				options.LeaseWait, options.LeaseDuration = time.Minute, 0
				instance := phases(t, "# phase config\n"+configMap("a", string(rune('a'+n)))+"# phase deploy\n"+deployment("web", "nginx:1")+"---\n"+configMap(string(rune('a'+n))+"-own", "1"))
				_, err := installer.New(c, options).Apply(context.Background(), shop, instance, installer.ApplyOptions{})
				if err != nil {
					t.Error(err)
				}
			})
		}
		runs.Wait()
		record, err := installer.New(c, quick()).History(t.Context(), shop)
		require.NoError(t, err)
		require.Len(t, record.Revisions, 4)
		require.Equal(t, 4, record.Available)
		own := 0
		for name := range content(c) {
			if len(name) > 4 && name[len(name)-4:] == "-own" {
				own++
			}
		}
		require.Equal(t, 1, own, "one after the other: what the last one has not is gone")
	})
}

func TestHistoryIsLimited(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	options := quick()
	options.HistoryLimit = 3
	i := installer.New(c, options)
	for n := range 6 {
		_, err := i.Apply(t.Context(), shop, phases(t, "# phase config\n"+configMap("a", string(rune('a'+n)))), installer.ApplyOptions{})
		require.NoError(t, err)
	}
	record, err := i.History(t.Context(), shop)
	require.NoError(t, err)
	require.Equal(t, 4, record.Revisions[0].Number)
	require.Len(t, record.Revisions, 3)
	_, err = i.Rollback(t.Context(), shop, 1, installer.ApplyOptions{})
	var missing *installer.RevisionError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, []int{4, 5, 6}, missing.Have)
}

func TestNamesOfReleases(t *testing.T) {
	t.Parallel()
	i := installer.New(clustertest.New(), quick())
	for _, release := range []cluster.Release{
		{Namespace: "default", Name: ""}, {Namespace: "default", Name: "Shop"}, {Namespace: "default", Name: "a/b"}, {Namespace: "default", Name: "-a"},
		{Namespace: "default", Name: "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffff"}, {Namespace: "", Name: "shop"}, {Namespace: "../x", Name: "shop"},
	} {
		_, err := i.Apply(t.Context(), release, phases(t, "# phase config\n"+configMap("a", "1")), installer.ApplyOptions{})
		require.Error(t, err, release)
		_, err = i.Delete(t.Context(), release, installer.DeleteOptions{})
		require.Error(t, err, release)
	}
}
