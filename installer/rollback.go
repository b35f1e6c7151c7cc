package installer

import (
	"context"
	"fmt"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
)

// Rollback makes a new revision with the content of an earlier one, and rolls it
// out as [Installer.Apply] does. To is the number of that revision; 0 is the newest
// one before the present that was wholly available, or goes on with a rollback that
// was broken off.
//
// Errors are those of Apply, and [*RevisionError] and [*history.DamagedError] where
// the revision is not there to go back to. A stored revision that reaches beyond the
// namespace of the release, where nothing shows that the release does, is
// a [*BlockedError]: see docs/security.md.
func (i *Installer) Rollback(ctx context.Context, release cluster.Release, to int, options ApplyOptions) (*Result, error) {
	return i.measured(release, "rollback", func() (*Result, error) {
		if err := checkRelease(release); err != nil {
			return nil, err
		}
		record, err := i.store.Load(ctx, release)
		if err != nil {
			return nil, err
		}
		revision, err := rollbackTarget(record, to)
		if err != nil {
			return nil, err
		}
		content, err := i.trusted(ctx, record, *revision)
		if err != nil {
			return nil, err
		}
		return i.apply(ctx, release, content.Instance, rollbackOptions(options, *revision), revision.Number)
	})
}

// rollbackHeld goes back under the lease that is held already.
func (o *operation) rollbackHeld(ctx context.Context, to int, options ApplyOptions) (*Result, error) {
	revision, err := rollbackTarget(o.record, to)
	if err != nil {
		return nil, err
	}
	content, err := o.trusted(ctx, o.record, *revision)
	if err != nil {
		return nil, err
	}
	return o.applyOnce(ctx, content.Instance, rollbackOptions(options, *revision), revision.Number)
}

func rollbackOptions(options ApplyOptions, revision history.Revision) ApplyOptions {
	options.Reference = revision.Reference
	if options.Why == "" {
		options.Why = fmt.Sprintf("rollback to revision %d", revision.Number)
	}
	return options
}

// rollbackTarget finds the revision to go back to.
func rollbackTarget(record *history.Record, to int) (*history.Revision, error) {
	missing := &RevisionError{Release: record.Release, Number: to}
	for i := range record.Revisions {
		missing.Have = append(missing.Have, record.Revisions[i].Number)
	}
	if to > 0 {
		if revision, ok := record.Revision(to); ok {
			return revision, nil
		}
		return nil, missing
	}
	if newest, ok := record.Revision(record.Target); ok && newest.RollbackTo > 0 && record.State == history.StateProgressing {
		return newest, nil // its content is that of the revision to go back to
	}
	if record.Available != 0 && record.Available != record.Target {
		if revision, ok := record.Revision(record.Available); ok {
			return revision, nil
		}
	}
	for i := len(record.Revisions) - 1; i >= 0; i-- {
		revision := &record.Revisions[i]
		if revision.Number < record.Target && revision.State == history.RevisionSuperseded && wasAvailable(revision) {
			return revision, nil
		}
	}
	return nil, missing
}

// wasAvailable tells whether all phases of a revision are known to have become
// available. The record loses the phases of old revisions where there are very many.
func wasAvailable(revision *history.Revision) bool {
	if len(revision.Phases) == 0 && revision.Objects > 0 {
		return false
	}
	for _, phase := range revision.Phases {
		if phase.State != history.PhaseAvailable {
			return false
		}
	}
	return true
}

// Wait goes on with the newest revision of a release until it is available, as
// after an [Installer.Apply] that did not wait or was broken off.
//
// Errors are those of Apply and Rollback.
func (i *Installer) Wait(ctx context.Context, release cluster.Release, options ApplyOptions) (*Result, error) {
	record, err := i.History(ctx, release)
	if err != nil {
		return nil, err
	}
	revision, err := rollbackTarget(record, record.Target)
	if err != nil {
		return nil, err
	}
	content, err := i.trusted(ctx, record, *revision)
	if err != nil {
		return nil, err
	}
	options.Reference = revision.Reference
	return i.Apply(ctx, release, content.Instance, options)
}
