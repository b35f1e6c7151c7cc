package main

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// asProgram makes the test binary be the program.
const asProgram = "PACKSTAGE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run())
	}
	os.Exit(m.Run())
}

// Collecting what the initialisation of packages leaves behind takes a sixth of the
// start.
func TestStartCollectsNoGarbage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment []string
		collects    bool
	}{
		"on its own":           {},
		"as somebody wants it": {environment: []string{"GOGC=20"}, collects: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program, err := os.Executable()
			require.NoError(t, err)
			version := exec.CommandContext(t.Context(), program, "version")
			version.Env = append([]string{asProgram + "=yes", "GODEBUG=gctrace=1"}, test.environment...)
			output, err := version.CombinedOutput()
			require.NoError(t, err, "%s", output)
			require.Contains(t, string(output), "packstage")
			if test.collects {
				require.Contains(t, string(output), "gc 1 @")
			} else {
				require.NotContains(t, string(output), "gc 1 @")
			}
		})
	}
}
