package installer

import (
	"time"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/fields"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/probe"
)

// Result is what an operation has done.
type Result struct {
	Release  cluster.Release `json:"release"`
	Revision int             `json:"revision,omitempty"`
	State    history.State   `json:"state"`
	// NewRevision tells that the operation made one.
	NewRevision bool `json:"newRevision"`
	// RolledBack tells that the wanted revision failed, and an earlier one is back.
	RolledBack bool `json:"rolledBack,omitempty"`
	// How many objects were treated how.
	Created   int `json:"created"`
	Changed   int `json:"changed"`
	Adopted   int `json:"adopted"`
	Unchanged int `json:"unchanged"`
	Deleted   int `json:"deleted"`
	// Kept are objects that stay although the release wants them no longer.
	Kept []Kept `json:"kept,omitempty"`
	// Waiting is what the operation would wait for; only without waiting.
	Waiting []Waiting `json:"waiting,omitempty"`
	// Warnings that were found before the first write.
	Warnings diagnostic.Diagnostics `json:"warnings,omitempty"`
}

// Kept is an object that stays, and why.
type Kept struct {
	Object cluster.Reference `json:"object"`
	Why    string            `json:"why"`
}

// Status is how a release is, now.
type Status struct {
	Release  cluster.Release `json:"release"`
	Package  string          `json:"package"`
	State    history.State   `json:"state"`
	Message  string          `json:"message,omitempty"`
	Revision int             `json:"revision"`
	// Available is the newest revision that was wholly available; 0 is none.
	Available int            `json:"available"`
	Reference string         `json:"reference,omitempty"`
	Paused    *history.Pause `json:"paused,omitempty"`
	Phases    []PhaseStatus  `json:"phases"`
	// Leaving are objects of earlier revisions that are still there.
	Leaving []ObjectStatus `json:"leaving,omitempty"`
	// Conditions that the package lifts from its objects.
	Conditions []Condition `json:"conditions,omitempty"`
	// Warnings say what is wrong with the state itself, like a damaged revision.
	Warnings []string `json:"warnings,omitempty"`
}

// PhaseStatus is how a phase is, now.
type PhaseStatus struct {
	Name    string             `json:"name"`
	Class   string             `json:"class,omitempty"`
	State   history.PhaseState `json:"state"`
	Began   *time.Time         `json:"began,omitempty"`
	Ended   *time.Time         `json:"ended,omitempty"`
	Message string             `json:"message,omitempty"`
	Objects []ObjectStatus     `json:"objects"`
}

// ObjectStatus is how an object is, now.
type ObjectStatus struct {
	Object  cluster.Reference `json:"object"`
	Status  probe.Status      `json:"status"`
	Reason  string            `json:"reason,omitempty"`
	Message string            `json:"message,omitempty"`
	Since   time.Time         `json:"since,omitzero"`
}

// Condition is one that the package lifts from an object into the status of the
// release.
type Condition struct {
	Type    string            `json:"type"`
	Status  string            `json:"status"`
	Reason  string            `json:"reason,omitempty"`
	Message string            `json:"message,omitempty"`
	Since   time.Time         `json:"since,omitzero"`
	Object  cluster.Reference `json:"object"`
}

// Plan is what [Installer.Apply] would do.
type Plan struct {
	Release cluster.Release `json:"release"`
	// Revision is the number that the revision would have; that of the newest one
	// where no new one would be made.
	Revision    int         `json:"revision"`
	NewRevision bool        `json:"newRevision"`
	Phases      []PlanPhase `json:"phases"`
	// Deletions are what goes after the new revision is available, in this order.
	Deletions []PlanObject `json:"deletions,omitempty"`
	// Diagnostics are what blocks, and warnings.
	Diagnostics diagnostic.Diagnostics `json:"diagnostics"`
}

// PlanPhase is what would be done in a phase.
type PlanPhase struct {
	Name    string       `json:"name"`
	Class   string       `json:"class,omitempty"`
	Objects []PlanObject `json:"objects"`
}

// PlanObject is what would be done with an object.
type PlanObject struct {
	Object cluster.Reference `json:"object"`
	Action Action            `json:"action"`
	// Changes field by field, as the server would make them.
	Changes []fields.Change `json:"changes,omitempty"`
	// Why says more where the action needs it: what a deferred object waits for, why
	// one is kept.
	Why string `json:"why,omitempty"`
	// Phase that a deletion belongs to.
	Phase string `json:"phase,omitempty"`
}

// Blocked tells whether the plan cannot be carried out.
func (p *Plan) Blocked() bool { return p.Diagnostics.HasErrors() }

// Empty tells whether there is nothing to do.
func (p *Plan) Empty() bool {
	for _, phase := range p.Phases {
		for _, object := range phase.Objects {
			if object.Action != ActionUnchanged {
				return false
			}
		}
	}
	return len(p.Deletions) == 0 && !p.NewRevision
}

// Drift is where a cluster differs from the newest revision of a release.
type Drift struct {
	Release  cluster.Release `json:"release"`
	Revision int             `json:"revision"`
	// Objects that differ, in the order of installation.
	Objects []DriftObject `json:"objects"`
	// Checked is how many objects were compared.
	Checked int `json:"checked"`
}

// DriftObject is an object that differs.
type DriftObject struct {
	Object cluster.Reference `json:"object"`
	Phase  string            `json:"phase"`
	// Missing: it is not there. Foreign: it is there, and not the release's.
	Missing bool `json:"missing,omitempty"`
	Foreign bool `json:"foreign,omitempty"`
	// Changes from the cluster to the revision, with those who own each field now.
	Changes []fields.Change `json:"changes,omitempty"`
	// Unknown says why the object could not be compared.
	Unknown string `json:"unknown,omitempty"`
}
