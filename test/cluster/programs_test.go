package cluster

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// recorder is a test that goes on after it was skipped or has failed.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper()      {}
func (r *recorder) Skip(...any)  { r.said = append(r.said, "skipped") }
func (r *recorder) Fatal(...any) { r.said = append(r.said, "failed") }

func TestMissingProgramSkipsButNotInContinuousIntegration(t *testing.T) {
	missing := present(t.TempDir() + "/etcd")
	require.ErrorContains(t, missing, "make cluster-tools")
	for _, test := range []struct {
		ci    string
		err   error
		first string
	}{
		{ci: "", err: missing, first: "skipped"},
		{ci: "true", err: missing, first: "failed"},
		{ci: "", err: errors.New("another"), first: "failed"},
	} {
		t.Setenv("CI", test.ci)
		r := &recorder{TB: t}
		leave(r, test.err)
		require.Equal(t, test.first, r.said[0], "%+v", test)
	}
}
