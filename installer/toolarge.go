package installer

import (
	"context"
	"errors"
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/packagetypes"
)

// fits returns an error where an instance has more objects than a revision may: before
// each of them is tried.
func fits(release cluster.Release, instance *packagetypes.Instance) error {
	objects := 0
	for i := range instance.Phases {
		objects += len(instance.Phases[i].Objects)
	}
	if objects <= history.MaxObjects {
		return nil
	}
	return tooLarge(release, &packagetypes.LimitError{Limit: "Objects", Value: int64(objects), Max: history.MaxObjects})
}

// tooLarge makes a finding of content that is more than the history can hold; other
// errors stay as they are. Nothing was written by then.
func (o *operation) tooLarge(err error) error {
	if limit := (*packagetypes.LimitError)(nil); errors.As(err, &limit) {
		return tooLarge(o.release, limit)
	}
	return err
}

func tooLarge(release cluster.Release, limit *packagetypes.LimitError) error {
	return &BlockedError{Release: release, Diagnostics: diagnostic.Diagnostics{{
		Code: diagnostic.LimitExceeded, Err: limit,
		Message: fmt.Sprintf("the history of the release cannot hold what is to be installed, and what cannot be rolled back is not installed: %v", limit),
		Hint:    "split the package into several, each a release of its own; docs/installer.md lists the limits",
	}}}
}

// dropFailed drops revisions that have failed one after the other, without one that
// became available, which is when old ones are dropped otherwise.
func (o *operation) dropFailed(ctx context.Context) {
	if len(o.record.Revisions) <= 2*o.options.HistoryLimit {
		return
	}
	if err := o.store.Collect(ctx, o.record, o.options.HistoryLimit); err != nil {
		o.emit(Event{Type: EventWarning, Message: "old revisions could not be removed: " + err.Error()})
	}
	o.written = progressOf(o.record) // a pause that comes now is no other installer
}
