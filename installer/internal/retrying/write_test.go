package retrying_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/retrying"
)

const manager = "packstage"

var (
	exists   = outcome{err: apierrors.NewAlreadyExists(configMaps, "web")}
	conflict = outcome{err: apierrors.NewConflict(configMaps, "web", errors.New("changed"))}
	gone     = outcome{err: notFound}
	lost     = outcome{err: unavailable}
	limited  = outcome{err: busy}
	done     = outcome{}
	denied   = outcome{err: apierrors.NewForbidden(configMaps, "web", errors.New("no"))}
)

// live is what a Get finds.
func live(changes ...func(*unstructured.Unstructured)) outcome {
	return outcome{object: configured(changes...)}
}

func deleted(object *unstructured.Unstructured) {
	now := metav1.Now()
	object.SetDeletionTimestamp(&now)
}

func TestCreateWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	mine := stored(manager, 1)
	for name, test := range map[string]struct {
		script  []outcome
		dryRun  bool
		manager string
		fails   func(error) bool
		calls   int
	}{
		"was done":                        {script: []outcome{lost, exists, live(mine)}, calls: 3},
		"was done, and grew":              {script: []outcome{lost, exists, live(mine, with("1", "metadata", "annotations", "by-a-webhook"))}, calls: 3},
		"was done, read later":            {script: []outcome{lost, exists, lost, exists, live(mine)}, calls: 5},
		"was not done":                    {script: []outcome{lost, done}, calls: 2},
		"other content":                   {script: []outcome{lost, exists, live(mine, with("red", "data", "color"))}, fails: apierrors.IsAlreadyExists, calls: 3},
		"other manager":                   {script: []outcome{lost, exists, live(stored("kubectl", 1))}, fails: apierrors.IsAlreadyExists, calls: 3},
		"manager unknown":                 {script: []outcome{lost, exists, live(stored("", 1))}, manager: "-", fails: apierrors.IsAlreadyExists, calls: 3},
		"removed meanwhile":               {script: []outcome{lost, exists, gone}, fails: apierrors.IsAlreadyExists, calls: 3},
		"not readable":                    {script: []outcome{lost, exists, denied}, fails: apierrors.IsAlreadyExists, calls: 3},
		"existed before":                  {script: []outcome{exists}, fails: apierrors.IsAlreadyExists, calls: 1},
		"was refused before it was begun": {script: []outcome{limited, exists}, fails: apierrors.IsAlreadyExists, calls: 2},
		"never reached":                   {script: []outcome{{err: refused}, exists}, fails: apierrors.IsAlreadyExists, calls: 2},
		"dry run":                         {script: []outcome{lost, exists}, dryRun: true, fails: apierrors.IsAlreadyExists, calls: 2},
		"invalid at the second time":      {script: []outcome{lost, denied}, fails: apierrors.IsForbidden, calls: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &scripted{t: t, script: test.script}
			clock := &clock{}
			options := cluster.WriteOptions{FieldManager: manager, DryRun: test.dryRun}
			if test.manager != "" {
				options.FieldManager = ""
			}
			object, err := retrying.New(s, clock.options()).Create(t.Context(), configured(), options)
			require.Len(t, s.calls, test.calls)
			if test.fails != nil {
				require.True(t, test.fails(err), "%v", err)
				return
			}
			require.NoError(t, err)
			if last := test.script[len(test.script)-1].object; last != nil {
				require.Equal(t, last, object)
			}
		})
	}
}

func TestUpdateWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	mine := stored(manager, 2)
	for name, test := range map[string]struct {
		script []outcome
		dryRun bool
		fails  func(error) bool
		calls  int
	}{
		"was done":         {script: []outcome{lost, conflict, live(mine)}, calls: 3},
		"was not done":     {script: []outcome{lost, done}, calls: 2},
		"other content":    {script: []outcome{lost, conflict, live(mine, with("red", "data", "color"))}, fails: apierrors.IsConflict, calls: 3},
		"more content":     {script: []outcome{lost, conflict, live(mine, with("1", "data", "more"))}, fails: apierrors.IsConflict, calls: 3},
		"other manager":    {script: []outcome{lost, conflict, live(stored("kubectl", 2))}, fails: apierrors.IsConflict, calls: 3},
		"another object":   {script: []outcome{lost, conflict, live(mine, with("other", "metadata", "uid"))}, fails: apierrors.IsConflict, calls: 3},
		"gone":             {script: []outcome{lost, gone}, fails: apierrors.IsNotFound, calls: 2},
		"conflict at once": {script: []outcome{conflict}, fails: apierrors.IsConflict, calls: 1},
		"refused to begin": {script: []outcome{limited, conflict}, fails: apierrors.IsConflict, calls: 2},
		"dry run":          {script: []outcome{lost, conflict}, dryRun: true, fails: apierrors.IsConflict, calls: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &scripted{t: t, script: test.script}
			clock := &clock{}
			sent := configured(stored(manager, 1))
			object, err := retrying.New(s, clock.options()).Update(t.Context(), sent, cluster.WriteOptions{FieldManager: manager, DryRun: test.dryRun})
			require.Len(t, s.calls, test.calls)
			if test.fails != nil {
				require.True(t, test.fails(err), "%v", err)
				return
			}
			require.NoError(t, err)
			if last := test.script[len(test.script)-1].object; last != nil {
				require.Equal(t, "2", object.GetResourceVersion())
			}
		})
	}
}

func TestDeleteWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script []outcome
		uid    types.UID
		dryRun bool
		fails  func(error) bool
	}{
		"gone":                    {script: []outcome{lost, gone}},
		"was not done":            {script: []outcome{lost, done}},
		"on its way":              {script: []outcome{lost, conflict, live(stored("x", 2), deleted)}, uid: "u"},
		"on its way, any UID":     {script: []outcome{lost, conflict, live(stored("x", 2), deleted)}},
		"gone before the reading": {script: []outcome{lost, conflict, gone}},
		"read later":              {script: []outcome{lost, conflict, lost, gone}},
		"changed meanwhile":       {script: []outcome{lost, conflict, live(stored("x", 2))}, uid: "u", fails: apierrors.IsConflict},
		"made anew":               {script: []outcome{lost, conflict, live(stored("x", 2), deleted)}, uid: "v", fails: apierrors.IsConflict},
		"not readable":            {script: []outcome{lost, conflict, denied}, fails: apierrors.IsConflict},
		"was not there":           {script: []outcome{gone}, fails: apierrors.IsNotFound},
		"refused to begin":        {script: []outcome{limited, gone}, fails: apierrors.IsNotFound},
		"never reached":           {script: []outcome{{err: refused}, gone}, fails: apierrors.IsNotFound},
		"dry run":                 {script: []outcome{lost, gone}, dryRun: true, fails: apierrors.IsNotFound},
		"forbidden":               {script: []outcome{lost, denied}, fails: apierrors.IsForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &scripted{t: t, script: test.script}
			clock := &clock{}
			err := retrying.New(s, clock.options()).Delete(t.Context(), web, cluster.DeleteOptions{UID: test.uid, DryRun: test.dryRun})
			require.Empty(t, s.script, "all of the script is needed")
			if test.fails != nil {
				require.True(t, test.fails(err), "%v", err)
				return
			}
			require.NoError(t, err)
		})
	}
}

func TestApplyHasNothingToFindOut(t *testing.T) {
	t.Parallel()
	s := &scripted{t: t, script: []outcome{lost, conflict}}
	clock := &clock{}
	_, err := retrying.New(s, clock.options()).Apply(t.Context(), configured(), cluster.ApplyOptions{FieldManager: manager})
	require.True(t, apierrors.IsConflict(err), "%v", err)
	require.Equal(t, []string{"apply", "apply"}, s.calls)
}

func TestNothingIsFoundOutAfterTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	clock := &clock{}
	s := &scripted{t: t, script: []outcome{lost, exists}}
	options := clock.options()
	now := options.Sleep
	options.Sleep = func(ctx context.Context, wait time.Duration) error {
		err := now(ctx, wait)
		cancel() // while the repetition is under way
		return err
	}
	_, err := retrying.New(s, options).Create(ctx, configured(), cluster.WriteOptions{FieldManager: manager})
	require.True(t, apierrors.IsAlreadyExists(err), "%v", err)
	require.Equal(t, []string{"create", "create"}, s.calls)
}
