package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const agentUnderTest = "rollout/test"

// at is the time of a made-up log, in milliseconds.
func at(ms int) time.Time {
	return time.UnixMilli(1_700_000_000_000).Add(time.Duration(ms) * time.Millisecond)
}

func configMapPlace(name string) place {
	return place{resource: "configmaps", namespace: "shop", name: name}
}

var web = place{group: "apps", resource: "deployments", namespace: "shop", name: "web"}

// made is a state of an object; generation is what was asked for, observed what is
// available.
func made(uid string, generation, observed int) map[string]any {
	return map[string]any{
		"metadata": map[string]any{"uid": uid, "generation": float64(generation)},
		"status":   map[string]any{"observedGeneration": float64(observed)},
	}
}

func always(map[string]any) bool { return true }

// wrote is a write of the operation that lasts one millisecond.
func wrote(ms int, revision int64, on place, state map[string]any) entry {
	return entry{place: on, agent: agentUnderTest, verb: "patch", received: at(ms), answered: at(ms + 1), revision: revision, state: state, uid: text(state, "metadata", "uid")}
}

// controller is a write of somebody else.
func controller(ms int, revision int64, on place, state map[string]any) entry {
	e := wrote(ms, revision, on, state)
	e.agent, e.verb = "controller", "update"
	return e
}

func deleted(ms int, on place) entry {
	return entry{place: on, agent: agentUnderTest, verb: "delete", received: at(ms), answered: at(ms + 1), gone: true}
}

// going is a deletion that waits for a finalizer, and finalized its end.
func going(ms int, revision int64, on place) entry {
	e := wrote(ms, revision, on, made("2", 1, 1))
	e.verb = "delete"
	return e
}

func finalized(ms int, on place) entry {
	e := deleted(ms, on)
	e.agent, e.verb, e.uid = "collector", "patch", "2"
	return e
}

// The operations of the made-up logs: web has to be available before b comes.
func install() operation {
	return operation{agent: agentUnderTest, namespace: "shop", fails: -1, phases: [][]wanted{
		{{configMapPlace("a"), always}},
		{{web, observed}},
		{{configMapPlace("b"), always}},
	}}
}

// upgrade changes web, drops a and c and keeps b.
func upgrade() operation {
	return operation{agent: agentUnderTest, namespace: "shop", fails: -1,
		phases: [][]wanted{{{web, observed}}, {{configMapPlace("b"), always}}},
		had:    []leaving{{configMapPlace("a"), 0}, {web, 1}, {configMapPlace("b"), 2}, {configMapPlace("c"), 2}},
	}
}

func removal() operation {
	o := upgrade()
	o.phases = nil
	o.had = []leaving{{configMapPlace("a"), 0}, {web, 1}, {configMapPlace("b"), 2}}
	return o
}

var stateSecret = place{resource: "secrets", namespace: "shop", name: "packstage.release.shop"}

// before is what was in the cluster.
func before(entries ...entry) []entry {
	return append([]entry{
		controller(1, 11, configMapPlace("a"), made("1", 1, 1)), controller(2, 12, web, made("2", 1, 1)),
		controller(3, 13, configMapPlace("b"), made("3", 1, 1)), controller(4, 14, configMapPlace("c"), made("4", 1, 1)),
	}, entries...)
}

func goodInstall() []entry {
	return []entry{
		wrote(5, 9, stateSecret, made("0", 1, 1)),
		wrote(10, 21, configMapPlace("a"), made("1", 1, 1)), wrote(20, 22, web, made("2", 1, 0)),
		controller(30, 23, web, made("2", 1, 1)), wrote(40, 24, configMapPlace("b"), made("3", 1, 1)),
	}
}

func goodUpgrade() []entry {
	return before(wrote(20, 22, web, made("2", 2, 1)), controller(30, 23, web, made("2", 2, 2)),
		wrote(40, 0, configMapPlace("b"), nil), deleted(50, configMapPlace("c")), deleted(60, configMapPlace("a")))
}

func goodRemoval() []entry {
	return before(deleted(50, configMapPlace("b")), going(60, 31, web), finalized(65, web), deleted(70, configMapPlace("a")),
		deleted(80, stateSecret))
}

// with replaces entries of a log by their number; nil drops one.
func with(log []entry, changes map[int]*entry) []entry {
	var changed []entry
	for i, e := range log {
		if change, ok := changes[i]; ok {
			if change != nil {
				changed = append(changed, *change)
			}
			continue
		}
		changed = append(changed, e)
	}
	return changed
}

func pointer(e entry) *entry { return &e }

func TestJudgeKnowsEachRule(t *testing.T) {
	t.Parallel()
	failing := upgrade()
	failing.fails = 0
	silent := upgrade()
	silent.silent = true
	refused := wrote(25, 0, configMapPlace("b"), nil)
	refused.failed = true
	cases := map[string]struct {
		operation operation
		log       []entry
		// broken is part of each finding; empty is that nothing is wrong.
		broken string
	}{
		"install in order": {install(), goodInstall(), ""},
		"upgrade in order": {upgrade(), goodUpgrade(), ""},
		"removal in order": {removal(), goodRemoval(), ""},
		"a status that came before the end, and was answered after it": {
			removal(), append(goodRemoval(), controller(67, 33, web, made("2", 1, 1))), "",
		},
		"nothing, where there is nothing to do": {silent, before(), ""},
		"a failure that leaves later phases":    {failing, before(wrote(20, 22, web, made("2", 2, 1))), ""},

		"a later phase before the status": {
			install(), with(goodInstall(), map[int]*entry{4: pointer(wrote(25, 23, configMapPlace("b"), made("3", 1, 1))), 3: pointer(controller(30, 24, web, made("2", 1, 1)))}),
			"web",
		},
		"a later phase at the same time, before by its revision": {
			install(), with(goodInstall(), map[int]*entry{3: pointer(controller(30, 25, web, made("2", 1, 1)))}), "web of phase 2 was not available",
		},
		"a refused write of a later phase counts, too": {
			install(), append(goodInstall(), refused), "web of phase 2 was not available",
		},
		"a later phase before an object exists": {
			install(), with(goodInstall(), map[int]*entry{1: nil}), "configmaps shop/a",
		},
		"an earlier request that was not answered": {
			install(), with(goodInstall(), map[int]*entry{1: pointer(wrote(20, 0, configMapPlace("a"), made("1", 1, 1)))}), "configmaps shop/a of phase 1 was not available",
		},
		"available only as it was before the change": {
			upgrade(), with(goodUpgrade(), map[int]*entry{5: nil}), "web",
		},
		"deleted before all is available": {
			upgrade(), append(goodUpgrade()[:5:5], deleted(25, configMapPlace("c")), controller(30, 23, web, made("2", 2, 2)),
				wrote(40, 0, configMapPlace("b"), nil), deleted(60, configMapPlace("a"))),
			"web of phase 1 was not available",
		},
		"pruned in the order of installation": {
			upgrade(), append(goodUpgrade()[:7:7], deleted(50, configMapPlace("a")), deleted(60, configMapPlace("c"))), "configmaps shop/c of phase 3 was not gone",
		},
		"deleted although wanted": {
			upgrade(), append(goodUpgrade(), deleted(70, configMapPlace("b")), wrote(80, 40, configMapPlace("b"), made("3", 1, 1))), "b: is ",
		},
		"made again by somebody else": {
			upgrade(), with(goodUpgrade(), map[int]*entry{5: pointer(controller(30, 23, web, made("5", 2, 2)))}), "is not the same object any more",
		},
		"not deleted at all":          {upgrade(), goodUpgrade()[:8], "configmaps shop/a was still there"},
		"a foreign object":            {install(), append(goodInstall(), wrote(50, 30, configMapPlace("other"), made("9", 1, 1))), "other: is no object of the release"},
		"a foreign object's deletion": {removal(), append(goodRemoval(), deleted(75, configMapPlace("c"))), "c: is no object of the release"},
		"state of another release": {
			install(), append(goodInstall(), wrote(50, 30, place{resource: "secrets", namespace: "other", name: "packstage.release.x"}, made("9", 1, 1))), "is no object of the release",
		},
		"a collection": {removal(), append(goodRemoval(), entry{place: configMapPlace(""), agent: agentUnderTest, verb: "deletecollection", received: at(90), answered: at(91)}), "deletes what was not looked at"},
		"a failure, and a later phase": {
			failing, before(wrote(20, 22, web, made("2", 2, 1)), wrote(40, 24, configMapPlace("b"), made("3", 2, 2))), "configmaps shop/b: ",
		},
		"a failure, and a deletion": {failing, before(wrote(20, 22, web, made("2", 2, 1)), deleted(50, configMapPlace("a"))), "configmaps shop/a"},
		"removed in the order of installation": {
			removal(), before(deleted(50, configMapPlace("a")), going(60, 31, web), finalized(65, web), deleted(70, configMapPlace("b"))), "was not gone",
		},
		"removed before a finalizer is off": {
			removal(), with(goodRemoval(), map[int]*entry{6: pointer(finalized(75, web))}), "web of phase 2 was not gone",
		},
		"never gone":          {removal(), with(goodRemoval(), map[int]*entry{6: nil}), "web"},
		"state removed first": {removal(), before(deleted(45, stateSecret), deleted(50, configMapPlace("b")), going(60, 31, web), finalized(65, web), deleted(70, configMapPlace("a"))), "is not gone"},
		"a write while removing": {
			removal(), append(goodRemoval(), wrote(90, 50, configMapPlace("a"), made("7", 1, 1))), "configmaps shop/a",
		},
		"a write, where there is nothing to do": {silent, before(wrote(20, 0, stateSecret, nil)), "there was nothing to do"},
		"no write, where there is something":    {upgrade(), before(), "nothing was written at all"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := judge(inOrder(test.log), test.operation)
			if test.broken == "" {
				require.Empty(t, broken)
				return
			}
			require.NotEmpty(t, broken)
			for _, finding := range broken {
				require.Contains(t, finding, test.broken, strings.Join(broken, "\n"))
			}
		})
	}
}
