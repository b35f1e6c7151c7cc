package cluster_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/packstage/packstage/test/cluster"
)

// The variables that make this program the child of one of its own tests.
const (
	childKubeconfig = "CLUSTER_TEST_CHILD_KUBECONFIG"
	childNamespace  = "CLUSTER_TEST_CHILD_NAMESPACE"
	childOwner      = "CLUSTER_TEST_CHILD_OWNER"
)

// child starts one test of this program as a program of its own.
func child(t *testing.T, test string, environment ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	command := exec.Command(program, "-test.run=^"+test+"$")
	command.Env = append(os.Environ(), environment...)
	return command
}

// TestChildWrites is a client to be killed: it makes five ConfigMaps, one after the
// other.
func TestChildWrites(t *testing.T) {
	path := os.Getenv(childKubeconfig)
	if path == "" {
		t.Skip("only as a child of the tests of kills")
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	require.NoError(t, err)
	for i := range 5 {
		require.NoError(t, create(t.Context(), client(t, config), os.Getenv(childNamespace), fmt.Sprintf("made-%d", i)))
	}
}

func TestProxyKillsClients(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	cases := map[string]struct {
		at   func(n int, kill func()) cluster.Hook
		n    int
		made []string
	}{
		"before the third request": {at: cluster.KillBefore, n: 3, made: []string{"made-0", "made-1"}},
		"after the third request":  {at: cluster.KillAfter, n: 3, made: []string{"made-0", "made-1", "made-2"}},
		"never":                    {at: cluster.KillAfter, n: 6, made: []string{"made-0", "made-1", "made-2", "made-3", "made-4"}},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			namespace := c.CreateNamespace(t, "kill")
			p := cluster.StartProxy(t, c, nil)
			command := child(t, "TestChildWrites", childKubeconfig+"="+p.Kubeconfig(t), childNamespace+"="+namespace)
			killed, err := p.Kill(command, test.at, test.n)
			require.Equal(t, name != "never", killed)
			require.Equal(t, killed, err != nil, "%v", err)
			require.Equal(t, min(test.n, 5), p.Count())
			require.Equal(t, test.made, names(t, c.Client(), namespace))
			require.NoError(t, create(t.Context(), client(t, p.Config()), namespace, "passes"))
		})
	}
}

// TestChildOwnsACluster starts a cluster, says which processes it has, and waits to
// be killed.
func TestChildOwnsACluster(t *testing.T) {
	if os.Getenv(childOwner) == "" {
		t.Skip("only as a child of TestNothingOutlivesAKilledTest")
	}
	c := cluster.Start(t, cluster.Options{Controllers: true, Nodes: 1})
	require.NoError(t, json.NewEncoder(os.Stdout).Encode(c.ProcessIDs()))
	select {}
}

func TestNothingOutlivesAKilledTest(t *testing.T) {
	t.Parallel()
	cluster.Shared(t) // the programs are there
	folder := t.TempDir()
	command := child(t, "TestChildOwnsACluster", childOwner+"=true", "TMPDIR="+folder)
	command.Stderr = t.Output()
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	var ids map[string]int
	for lines := bufio.NewScanner(output); ids == nil && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "{") {
			require.NoError(t, json.Unmarshal(lines.Bytes(), &ids))
		}
	}
	require.NoError(t, command.Process.Kill())
	require.Error(t, command.Wait())
	require.Len(t, ids, 4)
	for name, id := range ids {
		eventually(t, name+" has ended", func() bool { return !runs(id) })
	}
	eventually(t, "its data are gone", func() bool {
		left, err := os.ReadDir(folder)
		return err == nil && len(left) == 0
	})
}

// runs says whether a process is there and has not ended.
func runs(id int) bool {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
	if err != nil {
		return false
	}
	_, state, found := strings.Cut(string(content), ") ")
	return found && !strings.HasPrefix(state, "Z")
}
