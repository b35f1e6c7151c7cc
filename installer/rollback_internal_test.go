package installer

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer/history"
)

// Of a revision whose phases the record has lost it is not known whether it was
// available: one goes back to it by its number only.
func TestRollbackLeavesOutWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	available := []history.PhaseOutcome{{Name: "a", State: history.PhaseAvailable}}
	record := &history.Record{Target: 4, Available: 4, Revisions: []history.Revision{
		{Number: 1, State: history.RevisionSuperseded, Objects: 1, Phases: available},
		{Number: 2, State: history.RevisionSuperseded, Objects: 1},
		{Number: 3, State: history.RevisionFailed, Objects: 1, Phases: available},
		{Number: 4, State: history.RevisionAvailable, Objects: 1, Phases: available},
	}}
	revision, err := rollbackTarget(record, 0)
	require.NoError(t, err)
	require.Equal(t, 1, revision.Number)
	revision, err = rollbackTarget(record, 2)
	require.NoError(t, err)
	require.Equal(t, 2, revision.Number)
}
