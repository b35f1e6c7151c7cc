package installer_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/packagetypes"
)

// world is a cluster to which things happen at random, as a seed says, and what is
// known of it.
type world struct {
	*testing.T
	random *rand.Rand
	client *killable
	// foreign is what others have, which must never change.
	foreign map[string]string
	story   []string
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{T: t, random: rand.New(rand.NewPCG(seed, 7)), client: &killable{}}
	w.client.Cluster = clustertest.New(
		clustertest.WithReadiness(func(object *unstructured.Unstructured) int {
			if strings.Contains(fmt.Sprint(object.Object["spec"]), "broken:1") {
				return clustertest.Never
			}
			return w.looks(object)
		}),
		clustertest.WithRemoval(w.looks),
		clustertest.WithFault(func(context.Context, clustertest.Call) error {
			number, at := w.client.calls.Add(1), w.client.at.Load()
			if at > 0 && number > at {
				return errKilled
			}
			return nil
		}),
	)
	require.NoError(t, w.client.Load(
		object(t, strings.Replace(configMap("foreign", "1"), "name: foreign", "name: foreign, namespace: default", 1)),
		object(t, strings.Replace(configMap("foreign", "1"), "name: foreign", "name: foreign, namespace: ns0", 1)),
	))
	w.foreign = content(w.client.Cluster)
	return w
}

// looks is how often an object is shown before something becomes of it. It depends on
// the name alone: hooks are called in no
// settled order.
func (w *world) looks(object *unstructured.Unstructured) int {
	if isState(cluster.ReferenceTo(object)) {
		return 0
	}
	return len(object.GetName()) % 2
}

// variant returns a package at random, in which everything that is needed is there.
func (w *world) variant(broken bool) *packagetypes.Instance {
	bodies := make([][]string, 3)
	add := func(phase int, text string) { bodies[phase] = append(bodies[phase], text) }
	some := func() bool { return w.random.IntN(2) == 0 }
	for _, name := range []string{"a", "bb", "c", "dd"} {
		if some() {
			add(w.random.IntN(3), configMap(name, fmt.Sprint(w.random.IntN(2))))
		}
	}
	if some() {
		add(w.random.IntN(3), fmt.Sprintf("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {value: %q}\n", fmt.Sprint(w.random.IntN(2))))
	}
	if some() {
		add(w.random.IntN(3), "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, annotations: {packstage.dev/deletion-policy: orphan}}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n")
	}
	// A namespace of its own, whose object may outlive the mention of it.
	if _, there := content(w.client.Cluster)["Namespace ns"]; some() {
		add(0, "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n")
		add(1+w.random.IntN(2), strings.Replace(configMap("in", fmt.Sprint(w.random.IntN(2))), "name: in", "name: in, namespace: ns", 1))
	} else if there && some() {
		add(w.random.IntN(3), strings.Replace(configMap("in", "0"), "name: in", "name: in, namespace: ns", 1))
	}
	if some() {
		add(0, gadgets("v1"))
		if some() {
			add(1+w.random.IntN(2), gadget("v1", "g"))
		}
	}
	image := fmt.Sprintf("nginx:%d", w.random.IntN(2))
	if broken {
		image = "broken:1"
	}
	if broken || some() {
		add(w.random.IntN(3), deployment("web", image))
	}
	var text strings.Builder
	for number, body := range bodies {
		if len(body) > 0 {
			fmt.Fprintf(&text, "# phase p%d\n%s", number, strings.Join(body, "---\n"))
		}
	}
	if text.Len() == 0 {
		return w.variant(broken)
	}
	return phases(w, text.String())
}

// all takes over what was left as nobody's, and what people have changed.
var all = installer.ApplyOptions{Adopt: true, Force: true}

func (w *world) installer(broken bool, observe func(installer.Event)) *installer.Installer {
	options := quick()
	options.PollInterval, options.LeaseDuration, options.LeaseWait = time.Millisecond, time.Minute, time.Minute
	options.Parallelism, options.HistoryLimit, options.Observe = 1+w.random.IntN(4), 3, observe
	if broken {
		options.PhaseTimeout = 5 * time.Millisecond
	}
	return installer.New(w.client, options)
}

// does notes what happens, to be told when something is wrong.
func (w *world) does(format string, values ...any) {
	w.story = append(w.story, fmt.Sprintf(format, values...))
}

// ok wants a condition to hold.
func (w *world) ok(holds bool, format string, values ...any) {
	w.Helper()
	if !holds {
		require.FailNow(w, fmt.Sprintf(format, values...), strings.Join(w.story, "\n"))
	}
}

// dead makes the lease of somebody who was killed run out.
func (w *world) dead() {
	_ = w.client.Delete(w.Context(), cluster.Reference{Group: "coordination.k8s.io", Version: "v1", Kind: "Lease", Namespace: "default", Name: "packstage.shop"}, cluster.DeleteOptions{})
}

// step makes one thing happen.
func (w *world) step() {
	switch w.random.IntN(10) {
	case 0, 1, 2:
		w.applyAsPlanned(w.variant(false))
	case 3:
		instance := w.variant(true)
		w.does("apply what never gets available: %s", names(instance))
		options := all
		options.Atomic = w.random.IntN(2) == 0
		_, err := w.installer(true, nil).Apply(w.Context(), shop, instance, options)
		w.ok(err != nil, "it cannot succeed")
		w.ok(errors.As(err, new(*installer.PhaseError)) || errors.As(err, new(*installer.RemovingError)), "unexpected: %v", err)
	case 4, 5:
		w.killed()
	case 6:
		w.does("roll back")
		_, err := w.installer(false, nil).Rollback(w.Context(), shop, 0, all)
		w.ok(err == nil || isGone(err) || errors.As(err, new(*installer.RevisionError)) || errors.As(err, new(*installer.BlockedError)) || errors.As(err, new(*installer.RemovingError)), "rollback: %v", err)
	case 7, 8:
		w.byHand()
	default:
		if w.random.IntN(2) == 0 {
			w.remove()
		}
	}
	w.foreignIsUntouched()
}

// killed applies, and is killed at a call.
func (w *world) killed() {
	instance := w.variant(false)
	at := int64(1 + w.random.IntN(60))
	w.does("apply, killed at call %d: %s", at, names(instance))
	i := w.installer(false, nil)
	w.client.lives(at)
	_, err := i.Apply(w.Context(), shop, instance, all)
	w.client.lives(0)
	w.dead()
	w.owned() // what is being deleted goes
	w.ok(err == nil || errors.Is(err, errKilled) || strings.Contains(err.Error(), errKilled.Error()) || errors.As(err, new(*installer.RemovingError)), "unexpected: %v", err)
}

// byHand changes or deletes something of the release, or what others see of it.
func (w *world) byHand() {
	var mine []cluster.Reference
	for _, reference := range w.owned() {
		if reference.Kind == "ConfigMap" || reference.Kind == "Deployment" || reference.Kind == "Secret" {
			mine = append(mine, reference)
		}
	}
	if len(mine) == 0 {
		return
	}
	reference := mine[w.random.IntN(len(mine))]
	if w.random.IntN(2) == 0 {
		w.does("delete %s by hand", reference)
		require.NoError(w, w.client.Delete(w.Context(), reference, cluster.DeleteOptions{Propagation: cluster.PropagationBackground}))
		_, _ = w.client.Get(w.Context(), reference) // until it is gone
		return
	}
	what := w.random.IntN(3)
	w.does("edit %s by hand: %d", reference, what)
	require.NoError(w, w.client.Edit(w.Context(), "kubectl", reference, func(object *unstructured.Unstructured) {
		switch {
		case what == 0:
			object.SetLabels(nil)
		case what == 1 && reference.Kind == "ConfigMap":
			object.Object["data"] = map[string]any{"value": "by hand"}
		default:
			object.SetAnnotations(map[string]string{"seen": "true"})
		}
	}))
}

// remove removes the release, after it was said what would go.
func (w *world) remove() {
	w.does("delete")
	plan, err := w.installer(false, nil).PlanDelete(w.Context(), shop, installer.DeleteOptions{})
	if isGone(err) {
		return
	}
	w.ok(err == nil, "plan: %v", err)
	var done []string
	_, err = w.installer(false, noteRemovals(&done)).Delete(w.Context(), shop, installer.DeleteOptions{})
	w.ok(err == nil, "delete: %v", err)
	w.equal(deletions(plan), done, "what goes")
	w.ok(len(w.owned()) == 0, "left behind: %v", w.owned())
	for name := range w.client.Snapshot() {
		w.ok(!strings.Contains(name, "/packstage."), "left behind: %s", name)
	}
}

// applyAsPlanned applies a package, and wants what the plan says to be done, no more
// and no less, and the cluster to have it afterwards.
func (w *world) applyAsPlanned(instance *packagetypes.Instance) {
	w.does("apply %s", names(instance))
	plan, err := w.installer(false, nil).Plan(w.Context(), shop, instance, all)
	if errors.As(err, new(*installer.RemovingError)) {
		w.remove()
		return
	}
	w.ok(err == nil, "plan: %v", err)
	w.ok(!plan.Blocked(), "blocked: %v", plan.Diagnostics)
	done := map[string]installer.Action{}
	var removed []string
	note := noteRemovals(&removed)
	w.client.Reset()
	result, err := w.installer(false, func(event installer.Event) {
		if event.Type == installer.EventObject && event.Action != installer.ActionUnchanged {
			done[event.Phase+" "+event.Object.String()] = event.Action
		}
		note(event)
	}).Apply(w.Context(), shop, instance, all)
	w.ok(err == nil, "apply: %v", err)
	w.ok(result.State == history.StateAvailable, "state: %s", result.State)
	applied := 0
	for _, write := range writes(w.client.Cluster) {
		if strings.HasPrefix(write, "apply ") {
			applied++
		}
	}
	planned := map[string]installer.Action{}
	for _, phase := range plan.Phases {
		for _, one := range phase.Objects {
			key := phase.Name + " " + one.Object.String()
			switch action, did := done[key]; {
			case one.Action == installer.ActionDeferred && did:
				planned[key] = action
			case one.Action != installer.ActionUnchanged && one.Action != installer.ActionDeferred:
				planned[key] = one.Action
			}
		}
	}
	w.equal(lines(planned), lines(done), "what is applied")
	w.ok(applied == len(done), "%d objects were applied, and %d told: %v", applied, len(done), writes(w.client.Cluster))
	w.equal(deletions(plan), removed, "what goes")
	w.has(instance)
	again, err := w.installer(false, nil).Plan(w.Context(), shop, instance, all)
	w.ok(err == nil && again.Empty(), "not the same again: %v", plans(again))
}

// has wants the cluster to have exactly the objects of an instance, beside what is not
// of the release.
func (w *world) has(instance *packagetypes.Instance) {
	wanted := map[string]bool{}
	for _, phase := range instance.Phases {
		for _, one := range phase.Objects {
			reference := cluster.NewReference(one.GroupVersionKind(), one.Namespace(), one.Name())
			switch {
			case reference.Namespace == "" && reference.Kind != "Namespace" && reference.Kind != "CustomResourceDefinition":
				reference.Namespace = "default"
			}
			wanted[reference.String()] = true
			live, err := w.client.Get(w.Context(), reference)
			w.ok(err == nil, "%s: %v", reference, err)
			w.ok(cluster.Owner(live) == shop, "%s is not the release's", reference)
			if data, ok := one.Content()["data"]; ok {
				w.ok(fmt.Sprint(live.Object["data"]) == fmt.Sprint(data), "%s has %v", reference, live.Object["data"])
			}
		}
	}
	for _, reference := range w.owned() {
		w.ok(wanted[reference.String()], "%s is left over", reference)
	}
}

// owned returns what the cluster has of the release.
func (w *world) owned() []cluster.Reference {
	kinds, err := w.client.Kinds(w.Context())
	require.NoError(w, err)
	var all []cluster.Reference
	for _, kind := range kinds {
		objects, err := w.client.List(w.Context(), kind.GroupVersionKind, cluster.ListOptions{LabelSelector: shop.ObjectSelector()})
		require.NoError(w, err)
		for _, object := range objects {
			all = append(all, cluster.ReferenceTo(object))
		}
	}
	return all
}

func (w *world) foreignIsUntouched() {
	now := content(w.client.Cluster)
	for name, text := range w.foreign {
		w.ok(now[name] == text, "%s was touched:\n%s\nbefore:\n%s", name, now[name], text)
	}
}

func (w *world) equal(wanted, found []string, what string) {
	w.Helper()
	slices.Sort(wanted)
	slices.Sort(found)
	w.ok(slices.Equal(wanted, found), "%s: planned %q, done %q", what, wanted, found)
}

// noteRemovals notes what is deleted and kept.
func noteRemovals(done *[]string) func(installer.Event) {
	return func(event installer.Event) {
		if event.Type == installer.EventDeleted || event.Type == installer.EventKept {
			*done = append(*done, string(event.Action)+" "+event.Object.String())
		}
	}
}

func deletions(plan *installer.Plan) []string {
	var all []string
	for _, one := range plan.Deletions {
		all = append(all, string(one.Action)+" "+one.Object.String())
	}
	return all
}

func lines(actions map[string]installer.Action) []string {
	var all []string
	for key, action := range maps.All(actions) {
		all = append(all, string(action)+" "+key)
	}
	return all
}

// names says in short what is in an instance.
func names(instance *packagetypes.Instance) string {
	var text []string
	for _, phase := range instance.Phases {
		for _, one := range phase.Objects {
			text = append(text, phase.Name+":"+one.GroupVersionKind().Kind+"/"+one.Name())
		}
	}
	return strings.Join(text, " ")
}

// Whatever happens to a release, what the plan says is what is done, the next Apply
// comes to exactly what its package says, and nothing of others is touched.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed <= 25; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, seed)
				for range 12 {
					w.step()
				}
				w.applyAsPlanned(w.variant(false))
				w.foreignIsUntouched()
				w.remove()
				w.foreignIsUntouched()
			})
		})
	}
}
