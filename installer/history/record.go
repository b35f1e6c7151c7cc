package history

import (
	"time"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/manifest"
)

// State of a release.
type State string

const (
	// StateProgressing means that the newest revision is being rolled out.
	StateProgressing State = "Progressing"
	// StateAvailable means that the newest revision is wholly available.
	StateAvailable State = "Available"
	// StateFailed means that the rollout of the newest revision has ended without that.
	StateFailed State = "Failed"
	// StateRemoving means that the release is being removed.
	StateRemoving State = "Removing"
)

// RevisionState is the state of one revision.
type RevisionState string

const (
	// RevisionProgressing means that the revision is being rolled out.
	RevisionProgressing RevisionState = "Progressing"
	// RevisionAvailable means that it is wholly available, and the newest that is.
	RevisionAvailable RevisionState = "Available"
	// RevisionFailed means that its rollout has ended before it was available.
	RevisionFailed RevisionState = "Failed"
	// RevisionSuperseded means that a newer revision has taken its place.
	RevisionSuperseded RevisionState = "Superseded"
)

// PhaseState is the state of one phase of a revision.
type PhaseState string

const (
	// PhasePending means that the phase has not begun.
	PhasePending PhaseState = "Pending"
	// PhaseProgressing means that its objects are applied and waited for.
	PhaseProgressing PhaseState = "Progressing"
	// PhaseAvailable means that all its objects are available; in a removal, that
	// all are gone.
	PhaseAvailable PhaseState = "Available"
	// PhaseFailed means that the phase ended before that.
	PhaseFailed PhaseState = "Failed"
)

// Record is what is known of a release. It belongs to one goroutine: [Store]'s
// methods that take a *Record change it.
//
// Messages, and what people have written, are cut to [MaxMessage] bytes each when
// the record is stored. Where a record would still be too large, the oldest
// revisions lose their Phases, and then all but the beginnings of their texts.
type Record struct {
	Release cluster.Release `json:"release"`
	// PackageName is that of the newest revision's instance, and Scope where it lives.
	PackageName string         `json:"packageName"`
	Scope       manifest.Scope `json:"scope"`
	State       State          `json:"state"`
	// Message says in words what the state is about.
	Message string `json:"message,omitempty"`
	// Paused is set while nothing may be changed.
	Paused *Pause `json:"paused,omitempty"`
	// Target is the newest revision whose rollout has begun, and Available the newest
	// that became wholly available; 0 is none. Both are among Revisions.
	Target    int `json:"target"`
	Available int `json:"available"`
	// Removal is set once the release is being removed.
	Removal *Removal `json:"removal,omitempty"`
	// Revisions that are kept, by ascending number.
	Revisions []Revision `json:"revisions"`
	// Rebuilt tells that there was no record, and that it was made from the revisions:
	// someone has deleted it, or the very first rollout was stopped before it had one.
	// What only the record knew is lost: whether it was paused or being removed, how
	// rollouts ended and which revision was available. So Available is 0, the newest
	// revision counts as being rolled out, and rolling it out again makes it true:
	// [Store.Save] clears Rebuilt once Available is set.
	Rebuilt bool `json:"rebuilt,omitempty"`

	// stored is the metadata of the Secret as it was read or written last; nil where
	// there is none yet.
	stored map[string]any
	// size of it in bytes, then.
	size int
}

// Size returns how many bytes the record had when it was read or stored last; 0 where
// it never was.
func (r *Record) Size() int { return r.size }

// Pause says who has paused a release.
type Pause struct {
	Who   string    `json:"who,omitempty"`
	Why   string    `json:"why,omitempty"`
	Since time.Time `json:"since"`
}

// Removal is what is known of a removal.
type Removal struct {
	Began time.Time `json:"began"`
	// Phases in the order of removal.
	Phases []PhaseOutcome `json:"phases,omitempty"`
	// Gone tells that all objects are gone, so that only the state is left to be
	// removed: [Store.Remove] sets it before it deletes the first revision, and has to
	// be called again where it is set.
	Gone bool `json:"gone,omitempty"`
}

// Revision is one state that a release was meant to have.
type Revision struct {
	// Number counts from 1, and is never used again.
	Number  int           `json:"number"`
	State   RevisionState `json:"state"`
	Message string        `json:"message,omitempty"`
	// ContentDigest is the sha256 of the content as it is stored ("sha256:<64 hex>"),
	// Bytes its size and Chunks the number of Secrets that it is in.
	ContentDigest string `json:"contentDigest"`
	Chunks        int    `json:"chunks"`
	Bytes         int    `json:"bytes"`
	// InstanceDigest is [packagetypes.Instance.Digest], and Identity is [Identity].
	InstanceDigest string `json:"instanceDigest"`
	Identity       string `json:"identity"`
	// PackageName, PackageDigest (that of its files) and ImageDigest are those of the
	// package; ImageDigest is empty where it was no image. Reference is what the user
	// named.
	PackageName   string `json:"packageName"`
	PackageDigest string `json:"packageDigest,omitempty"`
	ImageDigest   string `json:"imageDigest,omitempty"`
	Reference     string `json:"reference,omitempty"`
	// Who made the revision, Why and When.
	Who  string    `json:"who,omitempty"`
	Why  string    `json:"why,omitempty"`
	When time.Time `json:"when"`
	// RollbackTo is the revision whose content this one has again; 0 is none.
	RollbackTo int `json:"rollbackTo,omitempty"`
	// Objects is their number.
	Objects int `json:"objects"`
	// Phases in the order of installation.
	Phases []PhaseOutcome `json:"phases,omitempty"`
	// Pruned tells that the leftovers of the content are gone from the cluster.
	Pruned bool `json:"pruned,omitempty"`
}

// PhaseOutcome is what became of a phase.
type PhaseOutcome struct {
	Name string `json:"name"`
	// Class of the phase; empty is the installer itself.
	Class string `json:"class,omitempty"`
	// Objects is their number.
	Objects int        `json:"objects"`
	State   PhaseState `json:"state"`
	// Began and Ended are nil where that has not happened.
	Began   *time.Time `json:"began,omitempty"`
	Ended   *time.Time `json:"ended,omitempty"`
	Message string     `json:"message,omitempty"`
}

// Revision returns the revision of a number; false where the record has none.
// The pointer is into the record.
func (r *Record) Revision(number int) (*Revision, bool) {
	for i := range r.Revisions {
		if r.Revisions[i].Number == number {
			return &r.Revisions[i], true
		}
	}
	return nil, false
}

// Next returns the number of the next revision. A number is not given again, even
// where its revision is collected, because the newest always stays.
func (r *Record) Next() int {
	if len(r.Revisions) == 0 {
		return 1
	}
	return r.Revisions[len(r.Revisions)-1].Number + 1
}
