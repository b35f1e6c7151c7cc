package operator_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"

	"github.com/packstage/packstage/installer"
	installercluster "github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/test/cluster"
)

const (
	source = "../../../examples/operator"
	// operatorUser is the service account of the operator's package.
	operatorUser = "system:serviceaccount:packages-system:packstage-operator"
)

func TestMain(m *testing.M) {
	cluster.Main(m, cluster.Options{Controllers: true, Nodes: 2})
}

// build builds the operator, and returns the path of the program.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "operator")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".")
	command.Dir = source
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return path
}

// installOperator installs the operator's own package, as packstage apply does.
func installOperator(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	ctx := t.Context()
	loaded, err := packageloader.Load(ctx, packageloader.FromFolder(filepath.Join(source, "package"), packageloader.FolderOptions{}), packageloader.LoadOptions{})
	require.NoError(t, err)
	context := packagetypes.Context{}
	context.Package.Metadata.Name = "packages"
	instance, err := packageloader.Render(ctx, loaded, context, packageloader.Options{})
	require.NoError(t, err)
	client, err := dynamiccluster.New(c.Config())
	require.NoError(t, err)
	release := installercluster.Release{Namespace: "kube-public", Name: "packages"}
	result, err := installer.New(client, installer.Options{}).Apply(ctx, release, instance, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, history.StateAvailable, result.State)
}

// process is an operator that runs.
type process struct {
	command *exec.Cmd
	log     *logBuffer
}

// startOperator runs the operator with a configuration until the test ends.
func startOperator(t *testing.T, program string, config *rest.Config) *process {
	t.Helper()
	p := &process{command: exec.Command(program, "--kubeconfig", cluster.WriteKubeconfig(t, config, ""), "--poll", "200ms", "--resync", "1s"), log: &logBuffer{}}
	p.command.Stdout, p.command.Stderr = p.log, p.log
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, p.command.Start())
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Log(p.log.String())
		}
	})
	return p
}

// kill ends the operator as a crash does. Again, it does nothing.
func (p *process) kill() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// logBuffer is what the operator writes.
type logBuffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *logBuffer) Write(content []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(content)
}

func (b *logBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}
