package cluster

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
)

// shared is the cluster of the tests of one program, which its first test starts. A
// program has one TestMain, so it is one for each program.
var shared struct {
	sync.Mutex
	options *Options
	cluster *Cluster
	err     error
}

// Main runs the tests of a package that share a cluster, and stops the cluster. The
// package calls it:
//
//	func TestMain(m *testing.M) { cluster.Main(m, cluster.Options{Controllers: true, Nodes: 3}) }
//
// Nothing starts before the first test that calls Shared. With -v a failure shows the
// ends of the programs' logs.
func Main(m *testing.M, options Options) {
	shared.Lock()
	shared.options = &options
	shared.Unlock()
	code := m.Run()
	shared.Lock()
	defer shared.Unlock()
	if c := shared.cluster; c != nil {
		if code != 0 && testing.Verbose() {
			fmt.Fprint(os.Stderr, c.logs())
		}
		if err := c.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// Shared is the one cluster of the tests of a package whose TestMain calls Main. Tests
// that share it use names of their own, CreateNamespace for example, and neither stop nor
// restart anything.
func Shared(t testing.TB) *Cluster {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.options == nil {
		t.Fatal("a TestMain that calls cluster.Main is missing")
	}
	if shared.cluster == nil && shared.err == nil {
		found := requirePrograms(t, *shared.options)
		// The cluster outlives the test and its context.
		shared.cluster, shared.err = start(context.Background(), found, *shared.options)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.cluster
}
