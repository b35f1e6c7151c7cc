package registries

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	ggcrregistry "github.com/google/go-containerregistry/pkg/registry"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/packstage/packstage/registry/registryserver"
)

func newContainerRegistry() http.Handler {
	return ggcrregistry.New(ggcrregistry.Logger(log.New(io.Discard, "", 0)))
}

// startPackstage runs the program where it can do what is asked for, and its
// handler where it cannot.
func startPackstage(t testing.TB, r *Registry, secured *serverTLS) (host string, stop func()) {
	t.Helper()
	if r.Auth != Anonymous || secured != nil {
		return serve(t, r.guard(registryserver.New(registryserver.Options{})), secured)
	}
	return startProcess(t, regexp.MustCompile(`^(127\.0\.0\.1:\d+)$`), nil,
		PackstagePath(t), "registry", "serve", "--address", "127.0.0.1:0", "--dir", t.TempDir())
}

// startDistribution runs the distribution registry with a configuration of its
// own.
func startDistribution(t testing.TB, r *Registry, secured *serverTLS) (host string, stop func()) {
	t.Helper()
	type object map[string]any
	folder := t.TempDir()
	server := object{"addr": "127.0.0.1:0", "secret": secret("http")}
	configuration := object{
		"version": "0.1",
		"log":     object{"level": "info", "formatter": "text", "accesslog": object{"disabled": true}},
		"storage": object{
			"filesystem":  object{"rootdirectory": t.TempDir()},
			"delete":      object{"enabled": true},
			"maintenance": object{"uploadpurging": object{"enabled": false}},
		},
		"http": server,
	}
	if secured != nil {
		files := object{"certificate": secured.pair.CertificateFile, "key": secured.pair.KeyFile}
		if secured.mutual {
			files["clientcas"] = []string{secured.authority.File}
			files["clientauth"] = "require-and-verify-client-cert"
		}
		server["tls"] = files
	}
	switch r.Auth {
	case Basic:
		hash, err := bcrypt.GenerateFromPassword([]byte(r.user.password), bcrypt.MinCost)
		require.NoError(t, err)
		path := writeFile(t, folder, "htpasswd", []byte(r.user.name+":"+string(hash)+"\n"))
		configuration["auth"] = object{"htpasswd": object{"realm": "packstage test", "path": path}}
	case Token, PublicPull:
		token := object{"realm": r.Tokens.URL, "service": tokenService, "issuer": tokenIssuer}
		switch by := r.Tokens.signer.(type) {
		case *keySetSigner:
			keys, err := by.keySet()
			require.NoError(t, err)
			token["jwks"] = writeFile(t, folder, "keys.json", keys)
		default:
			token["rootcertbundle"] = r.Authority.File
		}
		configuration["auth"] = object{"token": token}
	}
	raw, err := json.Marshal(configuration) // JSON is YAML
	require.NoError(t, err)
	return startProcess(t, regexp.MustCompile(`listening on (127\.0\.0\.1:\d+)`), []string{"OTEL_TRACES_EXPORTER=none"},
		toolPath(t, "registry"), "serve", writeFile(t, folder, "config.yml", raw))
}

// startProcess runs a server that says where it listens, in a line in which the
// first group of the expression is its address.
func startProcess(t testing.TB, address *regexp.Regexp, environment []string, program string, arguments ...string) (host string, stop func()) {
	t.Helper()
	// The shell ends the server when its input does, and so even when the
	// process of the test is killed.
	const script = `"$@" & server=$!; cat >/dev/null; kill "$server"; wait "$server"`
	command := exec.Command("sh", append([]string{"-c", script, "server", program}, arguments...)...) //nolint:noctx // stop ends it
	command.Env = append(os.Environ(), environment...)
	command.Dir = t.TempDir()
	input, err := command.StdinPipe()
	require.NoError(t, err)
	output, writer, err := os.Pipe()
	require.NoError(t, err)
	command.Stdout, command.Stderr = writer, writer
	require.NoError(t, command.Start())
	require.NoError(t, writer.Close())

	said := make(chan string, 1)
	read := make(chan struct{})
	var all strings.Builder
	go func() {
		defer close(read)
		defer close(said)
		found := false
		for lines := bufio.NewScanner(output); lines.Scan(); {
			all.WriteString(lines.Text() + "\n")
			if match := address.FindStringSubmatch(lines.Text()); match != nil && !found {
				said <- match[1]
				found = true
			}
		}
	}()
	stop = sync.OnceFunc(func() {
		_ = input.Close()
		ended := command.Wait() // by the signal of the shell
		_ = output.Close()
		<-read
		if t.Failed() {
			t.Logf("%s ended with %v and said:\n%s", program, ended, all.String())
		}
	})
	t.Cleanup(stop)
	select {
	case host, found := <-said:
		if !found {
			require.Fail(t, "the server has ended", "%s", all.String())
		}
		return host, stop
	case <-time.After(patient):
		stop()
		require.Fail(t, "the server says no address", "%s", all.String())
	}
	return "", stop
}
