package journey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/rest"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/installer/history"
)

// Step is one call of the installer.
type Step string

// The steps. Previous goes back without saying to which revision.
const (
	First    Step = "apply the first revision"
	Second   Step = "apply the second revision"
	Back     Step = "roll back to revision 1"
	Previous Step = "roll back to the revision before"
	Remove   Step = "delete"
)

// Operation is a step that is disturbed, with those that come before it.
type Operation struct {
	Name   string
	Before []Step
	Step   Step
	// Revisions that there are in the end.
	Revisions int
}

// Operations are all that are disturbed, in a settled order.
func Operations() []Operation {
	return []Operation{
		{Name: "install", Step: First, Revisions: 1},
		{Name: "upgrade", Before: []Step{First}, Step: Second, Revisions: 2},
		{Name: "rollback", Before: []Step{First, Second}, Step: Back, Revisions: 3},
		{Name: "removal", Before: []Step{First, Second}, Step: Remove},
		{Name: "rollback-to-the-one-before", Before: []Step{First, Second}, Step: Previous, Revisions: 3},
	}
}

// Release is that of a namespace.
func Release(namespace string) cluster.Release {
	return cluster.Release{Namespace: namespace, Name: "shop"}
}

// Options are without long pauses and with a clock that stands still, so that what two
// runs write down can be compared. A machine that is busy with other things neither loses
// the lease nor ends a phase.
func Options() installer.Options {
	return installer.Options{
		PollInterval: 200 * time.Millisecond, LeaseWait: 10 * time.Minute, LeaseDuration: 30 * time.Second, PhaseTimeout: 10 * time.Minute,
		Now: func() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) },
	}
}

// Run makes a step in a namespace. That a removal finds nothing more to remove is no
// error where again is set: it had come to its end.
func Run(ctx context.Context, config *rest.Config, namespace string, step Step, options installer.Options, again bool) error {
	client, err := dynamiccluster.New(config)
	if err != nil {
		return err
	}
	i, release := installer.New(client, options), Release(namespace)
	switch step {
	case First, Second:
		revision := 1
		if step == Second {
			revision = 2
		}
		instance, err := Instance(namespace, revision)
		if err != nil {
			return err
		}
		_, err = i.Apply(ctx, release, instance, installer.ApplyOptions{})
		return err
	case Back:
		_, err = i.Rollback(ctx, release, 1, installer.ApplyOptions{})
	case Previous:
		_, err = i.Rollback(ctx, release, 0, installer.ApplyOptions{})
	case Remove:
		_, err = i.Delete(ctx, release, installer.DeleteOptions{})
		var gone *history.NotFoundError
		if again && errors.As(err, &gone) {
			err = nil
		}
	default:
		err = fmt.Errorf("there is no step %q", step)
	}
	return err
}
