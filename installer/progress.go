package installer

import (
	"context"

	"github.com/packstage/packstage/installer/internal/preflight"
)

const (
	// smallRecord is up to how many bytes of a record its writing costs about as much as
	// that of an object.
	smallRecord = 32 << 10
	// recordPerObject is how many bytes of a record may be written for each object.
	recordPerObject = 4 << 10
)

// progressDue tells whether the record is to be written at the end of a phase. It holds
// the phases of all revisions that are kept, so that writing it after each of many small
// phases would take more than all their objects: then phases that have ended at once are
// written with later ones, or with the end. What was waited for is written in any case.
func (o *operation) progressDue(w *wait, objects int) bool {
	o.unsaved += max(objects, 1)
	return w.waited || o.record.Size() <= smallRecord+recordPerObject*o.unsaved
}

// saveUnsaved writes the record where it has progress that is not written yet.
func (o *operation) saveUnsaved(ctx context.Context) error {
	if o.unsaved == 0 {
		return nil
	}
	return o.save(ctx)
}

// endsByItself tells whether a phase has an object of which only the record says that it
// has done its work, once it is gone.
func (n *next) endsByItself(objects []*preflight.Object) bool {
	for _, object := range objects {
		if cleansUp(n.instance.Phases[object.Phase].Objects[object.Index]) {
			return true
		}
	}
	return false
}

// saveProgress writes the record at the end of a phase, where it is due.
func (o *operation) saveProgress(ctx context.Context, n *next, w *wait, objects []*preflight.Object) error {
	if due := o.progressDue(w, len(objects)); !due && !n.endsByItself(objects) {
		return nil
	}
	return o.save(ctx)
}
