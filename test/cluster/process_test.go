package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestComplaints(t *testing.T) {
	t.Parallel()
	quiet := "I1122 04:12:02.682081   10912 shared_informer.go:409] \"Caches are synced\"\n"
	problem := "E1122 04:12:12.487325   10912 replica_set.go:640] \"Unhandled Error\"\n"
	warning := `{"time":"2026-11-22T04:12:12Z","level":"ERROR","msg":"failed to apply stage"}` + "\n"
	long := "W1122 04:12:12.487325   10912 " + strings.Repeat("x", complaintBytes) + "\n"
	crash := "panic: no\n\ngoroutine 1 [running]:\n"
	for name, test := range map[string]struct {
		log   string
		ended bool
		want  string
	}{
		"nothing is wrong":         {log: quiet, want: "--- end of the log of server\n" + quiet},
		"something is":             {log: quiet + problem + quiet + warning + quiet, want: "--- last complaints of server\n" + problem + warning},
		"more than worth reading":  {log: problem + long + warning, want: "--- last complaints of server\n" + warning},
		"a crash is read whole":    {log: quiet + problem + crash, ended: true, want: "--- end of the log of server\n" + quiet + problem + crash},
		"the last has no new line": {log: problem + "E1122 x", want: "--- last complaints of server\n" + problem + "E1122 x"},
		"empty":                    {want: "--- end of the log of server\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &process{name: "server", logFile: filepath.Join(t.TempDir(), "server.log"), ended: make(chan struct{}), command: new(exec.Cmd)}
			require.NoError(t, os.WriteFile(p.logFile, []byte(test.log), 0o600))
			if test.ended {
				close(p.ended)
			}
			require.Equal(t, test.want, p.complaints())
		})
	}
}
