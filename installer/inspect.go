package installer

import (
	"context"
	"errors"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
)

// History returns what is known of a release, with its revisions.
// Errors: [*history.NotFoundError], [*history.DamagedError].
func (i *Installer) History(ctx context.Context, release cluster.Release) (*history.Record, error) {
	if err := checkRelease(release); err != nil {
		return nil, err
	}
	return i.store.Load(ctx, release)
}

// List returns what is known of all releases of a namespace, or of all namespaces
// where it is empty, sorted by namespace and name.
func (i *Installer) List(ctx context.Context, namespace string) ([]*history.Record, error) {
	return i.store.List(ctx, namespace)
}

// Content returns what a revision says; number 0 is the newest one.
// Errors: [*history.NotFoundError], [*RevisionError], [*history.DamagedError].
func (i *Installer) Content(ctx context.Context, release cluster.Release, number int) (*history.Content, history.Revision, error) {
	record, err := i.History(ctx, release)
	if err != nil {
		return nil, history.Revision{}, err
	}
	if number == 0 {
		number = record.Target
	}
	revision, err := rollbackTarget(record, number)
	if err != nil {
		return nil, history.Revision{}, err
	}
	content, err := i.store.Content(ctx, release, *revision)
	return content, *revision, err
}

// Pause keeps a release from being changed until [Installer.Resume]. A rollout that
// is under way stops at its next look at the cluster, with a [*PausedError].
// A release can be deleted while it is paused.
func (i *Installer) Pause(ctx context.Context, release cluster.Release, why string) error {
	return i.setPause(ctx, release, &history.Pause{Who: i.options.Who, Why: why, Since: i.options.Now().UTC()})
}

// Resume ends a pause. It does not go on with a rollout: whoever wants that applies
// or waits.
func (i *Installer) Resume(ctx context.Context, release cluster.Release) error {
	return i.setPause(ctx, release, nil)
}

// setPause writes the pause into the record, again where somebody else has just
// written it.
func (i *Installer) setPause(ctx context.Context, release cluster.Release, pause *history.Pause) error {
	for attempt := 1; ; attempt++ {
		record, err := i.History(ctx, release)
		if err != nil {
			return err
		}
		if (record.Paused == nil) == (pause == nil) {
			return nil
		}
		record.Paused = pause
		if err = i.store.Save(ctx, record); err == nil || !isChanged(err) || attempt == attempts {
			return err
		}
	}
}

func isChanged(err error) bool {
	var changed *history.ChangedError
	return errors.As(err, &changed)
}
