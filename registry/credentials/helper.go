package credentials

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
)

// HelperError is trouble with a credential helper. The cause of one that is not
// there is [exec.ErrNotFound].
type HelperError struct {
	// Program is the name of the helper's program.
	Program string
	// Setting is what names the helper.
	Setting string
	// Action is what it was to do: get, store or erase.
	Action string
	// Host is the registry.
	Host string
	// Err is the cause.
	Err error
}

// Error says which helper failed at what, and what to do.
func (e *HelperError) Error() string {
	if errors.Is(e.Err, exec.ErrNotFound) {
		return fmt.Sprintf("credentials of %s: the credential helper %s is not on the PATH; install it, or remove it from %s",
			e.Host, e.Program, e.Setting)
	}
	return fmt.Sprintf("credentials of %s: the credential helper %s (%s) failed to %s: %v", e.Host, e.Program, e.Setting, e.Action, e.Err)
}

// Unwrap returns the cause.
func (e *HelperError) Unwrap() error { return e.Err }

// identityUser is the user name that says that a secret is an identity token
// (docker-credential-helpers, "Development").
const identityUser = "<token>"

const maxHelperOutput = 1 << 20

// helper is a program that keeps credentials (docker-credential-helpers).
type helper struct {
	program, setting, host string
	environment            []string
}

func (s *Store) helper(name, setting, host string) *helper {
	return &helper{program: "docker-credential-" + name, setting: setting, host: host, environment: s.options.Environment}
}

type helperCredentials struct {
	ServerURL string
	Username  string
	Secret    string
}

// get returns the zero value where the helper has nothing.
func (h *helper) get(ctx context.Context) (authn.AuthConfig, error) {
	output, err := h.run(ctx, "get", []byte(canonicalKey(h.host)), "")
	var failed *HelperError
	if errors.As(err, &failed) && strings.Contains(failed.Err.Error(), "credentials not found") {
		return authn.AuthConfig{}, nil
	}
	if err != nil {
		return authn.AuthConfig{}, err
	}
	var found helperCredentials
	if err := json.Unmarshal(output, &found); err != nil {
		return authn.AuthConfig{}, h.fail("get", errors.New("what it printed is not a JSON object with a user name and a secret"))
	}
	if found.Username == identityUser {
		return authn.AuthConfig{IdentityToken: found.Secret}, nil
	}
	return authn.AuthConfig{Username: found.Username, Password: found.Secret}, nil
}

func (h *helper) store(ctx context.Context, username, secret string) error {
	input, err := json.Marshal(helperCredentials{ServerURL: canonicalKey(h.host), Username: username, Secret: secret})
	if err != nil {
		return h.fail("store", errors.New("the credentials cannot be written as JSON"))
	}
	_, err = h.run(ctx, "store", input, secret)
	return err
}

func (h *helper) erase(ctx context.Context) error {
	_, err := h.run(ctx, "erase", []byte(canonicalKey(h.host)), "")
	var failed *HelperError
	if errors.As(err, &failed) && strings.Contains(failed.Err.Error(), "credentials not found") {
		return nil
	}
	return err
}

func (h *helper) fail(action string, err error) error {
	return &HelperError{Program: h.program, Setting: h.setting, Action: action, Host: h.host, Err: err}
}

func (h *helper) run(ctx context.Context, action string, input []byte, secret string) ([]byte, error) {
	if strings.ContainsAny(h.program, "/\\\x00") {
		return nil, h.fail(action, errors.New("its name holds a path"))
	}
	path, err := findProgram(h.program, h.environment)
	if err != nil {
		return nil, h.fail(action, err)
	}
	command := exec.CommandContext(ctx, path, action)
	command.Env = h.environment
	command.Stdin = bytes.NewReader(input)
	// A helper that has left a process behind that holds its output is not
	// waited for.
	command.WaitDelay = 5 * time.Second
	var output, complaints limited
	command.Stdout, command.Stderr = &output, &complaints
	err = command.Run()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err == nil && !output.over {
		return output.buffer.Bytes(), nil
	}
	if output.over || complaints.over {
		return nil, h.fail(action, errTooMuchOutput)
	}
	// By the protocol, what is wrong stands in the output.
	said := strings.Join(strings.Fields(output.buffer.String()+" "+complaints.buffer.String()), " ")
	if secret != "" {
		said = strings.ReplaceAll(said, secret, "…")
	}
	const most = 300
	if len(said) > most {
		said = strings.ToValidUTF8(said[:most], "") + "…"
	}
	if action == "get" && strings.Contains(said, "Secret") {
		said = "" // it failed with credentials in its output
	}
	if said == "" {
		return nil, h.fail(action, err)
	}
	return nil, h.fail(action, fmt.Errorf("%w: %s", err, said))
}

// limited keeps what is written, up to a bound. The buffer is not embedded: its
// ReadFrom would go past the bound.
type limited struct {
	buffer bytes.Buffer
	over   bool // there was more
}

func (l *limited) Write(p []byte) (int, error) {
	if l.buffer.Len()+len(p) > maxHelperOutput {
		l.over = true
		return 0, errTooMuchOutput
	}
	return l.buffer.Write(p)
}

var errTooMuchOutput = fmt.Errorf("it printed more than %d bytes", maxHelperOutput)

// findProgram looks for a program on the PATH of an environment.
func findProgram(program string, environment []string) (string, error) {
	if environment == nil {
		return exec.LookPath(program)
	}
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	for _, folder := range filepath.SplitList(lookup(environment, "PATH")) {
		if !filepath.IsAbs(folder) {
			continue // a program of the working directory is none of the user's
		}
		path := filepath.Join(folder, program)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && (runtime.GOOS == "windows" || info.Mode()&0o111 != 0) {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// lookup returns a variable of an environment, or "".
func lookup(environment []string, name string) string {
	for i := len(environment) - 1; i >= 0; i-- {
		key, value, ok := strings.Cut(environment[i], "=")
		if ok && (key == name || runtime.GOOS == "windows" && strings.EqualFold(key, name)) {
			return value
		}
	}
	return ""
}
