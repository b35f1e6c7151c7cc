package faults_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/packstage/packstage/test/cluster/kills/journey"
)

// The variables that make this program an installer that takes one step.
const (
	childStep       = "FAULTS_CHILD_STEP"
	childKubeconfig = "FAULTS_CHILD_KUBECONFIG"
	childNamespace  = "FAULTS_CHILD_NAMESPACE"
	childLease      = "FAULTS_CHILD_LEASE"
)

// beChild takes the step where this program was started for one, and ends.
func beChild() {
	step := os.Getenv(childStep)
	if step == "" {
		return
	}
	if err := takeStep(journey.Step(step)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func takeStep(step journey.Step) error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv(childKubeconfig))
	if err != nil {
		return err
	}
	config.QPS = -1
	options := journey.Options()
	options.Parallelism = 1 // the next write begins when the answer to the last one is read
	if options.LeaseDuration, err = time.ParseDuration(os.Getenv(childLease)); err != nil {
		return err
	}
	return journey.Run(context.Background(), config, os.Getenv(childNamespace), step, options, false)
}

// child is an installer of its own.
func child(t *testing.T, kubeconfig, namespace string, step journey.Step, lease time.Duration) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	command := exec.Command(program)
	command.Env = append(os.Environ(), childStep+"="+string(step), childKubeconfig+"="+kubeconfig,
		childNamespace+"="+namespace, childLease+"="+lease.String())
	return command
}
