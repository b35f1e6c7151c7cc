package rollout_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	installercluster "github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/test/cluster"
)

// life is what happens to one release of a subject.
type life struct {
	*platform
	hosted  *cluster.Cluster
	subject subject
	number  int
	release installercluster.Release
	how     failure
	// operations are what was done, for the judgement of its order, and rows for people.
	operations []operation
	rows       []string
}

// live installs a context, repeats that, upgrades to a next version, and one that
// fails, goes back, goes on to the next context, and removes everything.
func (l *life) live(t *testing.T) {
	t.Helper()
	base := l.subject.cases[l.number].instance
	next, counted := upgraded(base)
	broken, fails := failing(next, l.how)

	l.apply(t, "install", base, nil)
	l.again(t, base)
	l.apply(t, fmt.Sprintf("upgrade (%d added, %d changed, %d removed, %d moved)", counted.added, counted.changed, counted.removed, counted.moved), next, base)
	l.fail(t, "upgrade that fails ("+string(l.how)+")", broken, next, fails)
	l.rollback(t, "rollback", 0, next, broken)
	l.rollback(t, "rollback to 1", 1, base, next)
	last := base
	if l.number+1 < len(l.subject.cases) && l.subject.cases[l.number+1].instance.Scope == base.Scope {
		last = l.subject.cases[l.number+1].instance
		if _, ok := blockedUpgrades[l.subject.name]; ok {
			l.blocked(t, last)
			last = base
		} else {
			l.apply(t, "upgrade to the next context", last, base)
		}
	}
	l.remove(t, last)
}

// installer is one that the audit log knows by the user agent of an operation.
func (l *life) installer(t *testing.T, name string, options installer.Options) (*installer.Installer, string) {
	t.Helper()
	name, _, _ = strings.Cut(name, " (")
	agent := fmt.Sprintf("rollout/%s/%s/%s", l.subject.name, l.subject.cases[l.number].name, strings.ReplaceAll(name, " ", "-"))
	own, other := l.Config(), l.hosted.Config()
	own.UserAgent, other.UserAgent = agent, agent
	client, err := dynamiccluster.New(own)
	require.NoError(t, err)
	hosted, err := dynamiccluster.New(other)
	require.NoError(t, err)
	options.Clusters = map[string]installercluster.Cluster{hostedClass: hosted}
	options.PollInterval, options.LeaseDuration = 500*time.Millisecond, time.Minute
	options.Probe.WithoutKindRules = l.subject.withoutKindRules
	return installer.New(client, options), agent
}

func (l *life) apply(t *testing.T, name string, instance, had *packagetypes.Instance) {
	t.Helper()
	i, agent := l.installer(t, name, installer.Options{PhaseTimeout: waitAtMost})
	began := time.Now()
	result, err := i.Apply(t.Context(), l.release, instance, installer.ApplyOptions{Why: name})
	require.NoError(t, err, agent)
	require.Equal(t, history.StateAvailable, result.State, agent)
	require.True(t, result.NewRevision, agent)
	l.done(t, name, began, operation{agent: agent, fails: -1}, instance, had)
	l.isThere(t, i, agent)
}

// blockedUpgrades are packages whose objects cannot be changed from one context to the
// next, and why.
var blockedUpgrades = map[string]string{
	"shop-database": "the size in volumeClaimTemplates of a StatefulSet cannot be changed",
}

// blocked tries an upgrade that is refused before the first write.
func (l *life) blocked(t *testing.T, instance *packagetypes.Instance) {
	t.Helper()
	i, agent := l.installer(t, "blocked upgrade", installer.Options{})
	began := time.Now()
	_, err := i.Apply(t.Context(), l.release, instance, installer.ApplyOptions{})
	var blocked *installer.BlockedError
	require.ErrorAs(t, err, &blocked, agent)
	l.done(t, "blocked upgrade", began, operation{agent: agent, blocked: true}, nil, nil)
	l.isThere(t, i, agent)
}

// isThere asks the installer whether all is well.
func (l *life) isThere(t *testing.T, i *installer.Installer, agent string) {
	t.Helper()
	drift, err := i.Drift(t.Context(), l.release)
	require.NoError(t, err, agent)
	require.Empty(t, drift.Objects, agent)
	status, err := i.Status(t.Context(), l.release)
	require.NoError(t, err, agent)
	require.True(t, status.Healthy(), "%s: %+v", agent, status)
}

// again applies what is there.
func (l *life) again(t *testing.T, instance *packagetypes.Instance) {
	t.Helper()
	i, agent := l.installer(t, "again", installer.Options{})
	began := time.Now()
	result, err := i.Apply(t.Context(), l.release, instance, installer.ApplyOptions{})
	require.NoError(t, err, agent)
	require.False(t, result.NewRevision, agent)
	l.done(t, "again", began, operation{agent: agent, silent: true}, instance, nil)
}

func (l *life) fail(t *testing.T, name string, instance, had *packagetypes.Instance, fails int) {
	t.Helper()
	options := installer.Options{PhaseTimeout: waitAtMost}
	if l.how == late {
		options.PhaseTimeout = 5 * time.Second
	}
	i, agent := l.installer(t, name, options)
	began := time.Now()
	_, err := i.Apply(t.Context(), l.release, instance, installer.ApplyOptions{Why: name})
	var failed *installer.PhaseError
	require.ErrorAs(t, err, &failed, agent)
	require.Equal(t, instance.Phases[fails].Name, failed.Phase, "%s: %v", agent, err)
	l.done(t, name, began, operation{agent: agent, fails: fails}, instance, had)
}

func (l *life) rollback(t *testing.T, name string, to int, instance, had *packagetypes.Instance) {
	t.Helper()
	i, agent := l.installer(t, name, installer.Options{PhaseTimeout: waitAtMost})
	began := time.Now()
	result, err := i.Rollback(t.Context(), l.release, to, installer.ApplyOptions{})
	require.NoError(t, err, agent)
	require.Equal(t, history.StateAvailable, result.State, agent)
	l.done(t, name, began, operation{agent: agent, fails: -1}, instance, had)
	l.isThere(t, i, agent)
}

func (l *life) remove(t *testing.T, had *packagetypes.Instance) {
	t.Helper()
	i, agent := l.installer(t, "removal", installer.Options{PhaseTimeout: waitAtMost})
	began := time.Now()
	result, err := i.Delete(t.Context(), l.release, installer.DeleteOptions{})
	require.NoError(t, err, agent)
	require.Empty(t, result.Kept, agent)
	require.Empty(t, result.Waiting, agent)
	l.done(t, "removal", began, operation{agent: agent, fails: -1}, nil, had)
}

// done keeps an operation for the judgement of its order.
func (l *life) done(t *testing.T, name string, began time.Time, o operation, instance, had *packagetypes.Instance) {
	t.Helper()
	took := time.Since(began)
	o.namespace = l.release.Namespace
	phases, objects := 0, 0
	if instance != nil {
		for _, phase := range instance.Phases {
			var wants []wanted
			for _, object := range phase.Objects {
				ready, err := readiness(instance, object, l.subject.withoutKindRules)
				require.NoError(t, err)
				wants = append(wants, wanted{l.place(t, instance, phase.Class, object), ready})
			}
			o.phases = append(o.phases, wants)
			phases, objects = phases+1, objects+len(wants)
		}
	}
	if had != nil {
		for number, phase := range had.Phases {
			for _, object := range phase.Objects {
				o.had = append(o.had, leaving{l.place(t, had, phase.Class, object), number})
			}
			if instance == nil {
				phases, objects = phases+1, objects+len(phase.Objects)
			}
		}
	}
	l.operations = append(l.operations, o)
	l.rows = append(l.rows, fmt.Sprintf("%-32s %-26s %-52s %2d %3d %8s", l.subject.name, l.subject.cases[l.number].name, name, phases, objects, took.Round(time.Millisecond)))
}

// place is where an object of an instance is.
func (l *life) place(t *testing.T, instance *packagetypes.Instance, class string, object packagetypes.Object) place {
	t.Helper()
	kind := object.GroupVersionKind()
	at := place{cluster: class, group: kind.Group, namespace: object.Namespace(), name: object.Name()}
	if resource, ok := kindsOf(instance)[schema.GroupKind{Group: kind.Group, Kind: kind.Kind}]; ok {
		at.resource = resource
		return at
	}
	served, err := l.dynamic.Kind(t.Context(), kind)
	require.NoError(t, err)
	at.resource = served.Resource
	if served.Namespaced && at.namespace == "" {
		at.namespace = l.release.Namespace
		if instance.Namespace != "" {
			at.namespace = instance.Namespace
		}
	}
	return at
}
