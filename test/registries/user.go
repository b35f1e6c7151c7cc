package registries

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// User is somebody with a home of their own, who trusts the authorities of some
// registries. All their programs find the same credentials.
type User struct {
	// Home is their home, where programs find their configuration.
	Home string
	// Work is an empty folder that their programs run in.
	Work string

	registries []*Registry
}

// NewUser makes a user who has logged in nowhere.
func NewUser(t testing.TB, registries ...*Registry) *User {
	t.Helper()
	u := &User{Home: t.TempDir(), Work: t.TempDir(), registries: registries}
	require.NoError(t, os.MkdirAll(filepath.Join(u.Home, ".docker"), 0o700))
	var authorities []byte
	for _, r := range registries {
		pem, err := os.ReadFile(r.Authority.File)
		require.NoError(t, err)
		authorities = append(authorities, pem...)
	}
	require.NoError(t, os.WriteFile(u.authorities(), authorities, 0o600))
	return u
}

// ConfigFile is where the user's credentials are.
func (u *User) ConfigFile() string { return filepath.Join(u.Home, ".docker", "config.json") }

func (u *User) authorities() string { return filepath.Join(u.Home, "authorities.pem") }

// LogIn writes the credentials of all registries that want some, as "docker
// login" does.
func (u *User) LogIn(t testing.TB) {
	t.Helper()
	logins := map[string]map[string]string{}
	for _, r := range u.registries {
		if r.Auth == Anonymous {
			continue
		}
		for _, host := range append(r.aliases, r.Host) {
			logins[host] = map[string]string{"auth": r.user.basic()}
		}
	}
	u.writeLogins(t, logins)
}

// writeLogins writes Docker's configuration file.
func (u *User) writeLogins(t testing.TB, logins map[string]map[string]string) {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"auths": logins})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(u.ConfigFile(), raw, 0o600))
}

// Program is a program that a user runs.
type Program struct {
	name, path string
	user       *User
	// before are arguments that every call begins with.
	before []string
	// ours is set for the program under test, whose output holds no secret.
	ours bool
	// credential is whom it runs as; nil is the user of the test.
	credential *syscall.Credential
	// Env is added to the environment.
	Env []string
	// Stdin is what the program reads.
	Stdin string
}

// Packstage is the program under test.
func (u *User) Packstage(t testing.TB) Program {
	t.Helper()
	return Program{name: "packstage", path: PackstagePath(t), user: u, ours: true}
}

// Cosign signs and verifies.
func (u *User) Cosign(t testing.TB) Program {
	t.Helper()
	return Program{name: "cosign", path: toolPath(t, "cosign"), user: u}
}

// Oras moves artifacts.
func (u *User) Oras(t testing.TB) Program {
	t.Helper()
	return Program{name: "oras", path: toolPath(t, "oras"), user: u}
}

// Crane moves images.
func (u *User) Crane(t testing.TB) Program {
	t.Helper()
	return Program{name: "crane", path: cranePath(t), user: u}
}

// Skopeo moves images.
func (u *User) Skopeo(t testing.TB) Program {
	t.Helper()
	return Program{name: "skopeo", path: systemPath(t, "skopeo"), user: u, before: []string{"--insecure-policy"}}
}

// Result is how a run ended.
type Result struct {
	Stdout, Stderr string
	// Code is the exit code, or -1 where a signal ended the program.
	Code int
	// Took is how long it ran.
	Took time.Duration
}

// Command is a run that has not begun, for tests that interrupt it.
func (p Program) Command(ctx context.Context, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, p.path, append(p.before, arguments...)...)
	command.Dir = p.user.Work
	command.SysProcAttr = &syscall.SysProcAttr{Credential: p.credential}
	command.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost",
		"HOME=" + p.user.Home, "TMPDIR=" + p.user.Home, "XDG_RUNTIME_DIR=" + p.user.Home, "XDG_CONFIG_HOME=" + p.user.Home,
		"XDG_CACHE_HOME=" + filepath.Join(p.user.Home, ".cache"),
		"DOCKER_CONFIG=" + filepath.Dir(p.user.ConfigFile()), "REGISTRY_AUTH_FILE=" + p.user.ConfigFile(),
		"SSL_CERT_DIR=" + filepath.Join(p.user.Home, "no-certificates"),
	}, p.Env...)
	if !p.ours { // the program under test is told by its own flags
		command.Env = append(command.Env, "SSL_CERT_FILE="+p.user.authorities())
	}
	if p.Stdin != "" {
		command.Stdin = strings.NewReader(p.Stdin)
	}
	return command
}

// patient is how long a program may take on a machine that has much else to do: only one
// that hangs takes as long.
const patient = 5 * time.Minute

// Try runs the program. What the program under test prints holds no secret.
func (p Program) Try(t testing.TB, arguments ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	return p.run(t, p.Command(ctx, arguments...))
}

// Run runs the program, which has to succeed, and returns what it prints.
func (p Program) Run(t testing.TB, arguments ...string) string {
	t.Helper()
	result := p.Try(t, arguments...)
	require.Zero(t, result.Code, "%s %s:\n%s", p.name, strings.Join(arguments, " "), result.Stderr)
	return result.Stdout
}

func (p Program) run(t testing.TB, command *exec.Cmd) Result {
	t.Helper()
	result, err := outcome(command)
	require.NoError(t, err, p.name)
	p.requireNoSecret(t, result)
	return result
}

// outcome runs a command. That it ends with another exit code than 0 is no error.
func outcome(command *exec.Cmd) (Result, error) {
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	begin := time.Now()
	if err := command.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		return Result{}, err
	}
	return Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: command.ProcessState.ExitCode(), Took: time.Since(begin)}, nil
}

func (p Program) requireNoSecret(t testing.TB, result Result) {
	t.Helper()
	if !p.ours {
		return
	}
	secrets := []string{secretMark}
	for _, r := range p.user.registries {
		secrets = append(secrets, r.Secrets()...)
	}
	for _, secret := range secrets {
		assert.NotContains(t, result.Stdout, secret)
		assert.NotContains(t, result.Stderr, secret)
	}
}
