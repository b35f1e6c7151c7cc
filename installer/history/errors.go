package history

import (
	"fmt"

	"github.com/packstage/packstage/installer/cluster"
)

// NotFoundError tells that there is no such release: neither record nor revision.
type NotFoundError struct {
	Release cluster.Release
}

// Error names the release.
func (e *NotFoundError) Error() string {
	return fmt.Sprintf("there is no release %s in namespace %s", e.Release.Name, e.Release.Namespace)
}

// ChangedError tells that someone else has changed or deleted the record since it
// was read: read it again.
type ChangedError struct {
	Release cluster.Release
	// Err is what the server said.
	Err error
}

// Error names the release, and says what to do.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("release %s: the record was changed by someone else in the meantime; nothing was overwritten: run it again", e.Release)
}

// Unwrap returns what the server said.
func (e *ChangedError) Unwrap() error { return e.Err }

// DamagedError tells that stored state is not what was stored: edited, deleted or
// put there by someone else. It never holds anything of the content.
type DamagedError struct {
	Release cluster.Release
	// Number of the revision; 0 is the record.
	Number int
	// Secret is the name of the Secret in the release's namespace.
	Secret string
	// What is wrong with it, as what one can say after its name: "was deleted".
	What string
	// Hint says what to do about it.
	Hint string
	// Err is the cause, where there is one.
	Err error
}

// Error says which Secret has what, and what to do.
func (e *DamagedError) Error() string {
	subject := "the record"
	if e.Number > 0 {
		subject = fmt.Sprintf("revision %d", e.Number)
	}
	text := fmt.Sprintf("release %s: %s cannot be used: Secret %s %s", e.Release, subject, e.Secret, e.What)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap returns the cause.
func (e *DamagedError) Unwrap() error { return e.Err }

func damagedRecord(release cluster.Release, what string, cause error) *DamagedError {
	return &DamagedError{
		Release: release, Secret: recordName(release), What: what, Err: cause,
		Hint: "delete that Secret, and the record is made again from the revisions",
	}
}

func damagedRevision(release cluster.Release, number, chunk int, what string, cause error) *DamagedError {
	return &DamagedError{
		Release: release, Number: number, Secret: revisionName(release, number, chunk), What: what, Err: cause,
		Hint: "restore it from a backup, or go on with another revision: the package applied again makes a new one",
	}
}
