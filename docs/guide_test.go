package docs_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/internal/cli"
	"github.com/packstage/packstage/registry/registryserver"
)

// asProgram makes this test binary the program packstage; a script in the PATH of the
// guides sets it.
const asProgram = "PACKSTAGE_DOCS_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(cli.Run(context.Background(), cli.Invocation{
			Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Environ(), Version: "v0.0.0-test",
		}))
	}
	os.Exit(m.Run())
}

// placeholder is the registry of the guides; the test has a real one in its place.
const placeholder = "registry.example.com"

// TestGuides runs every command of the guides, in the order in which they stand there,
// as a reader would: in one folder, with a registry. Of recipes in YAML these are the
// calls of packstage in fields that hold commands. What a "text" block shows behind
// the commands has to come up in what they print, line by line; "…" stands for anything.
func TestGuides(t *testing.T) {
	t.Parallel()
	for _, guide := range []string{"authoring.md", "continuous-integration.md"} {
		t.Run(guide, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(guide)
			require.NoError(t, err)
			reader := newReader(t)
			if guide == "continuous-integration.md" {
				reader.hasRepository(t)
			}
			blocks := blocksOf(string(content))
			require.NotEmpty(t, blocks)
			for i, block := range blocks {
				if block.language == "yaml" {
					block.text = recipeCommands(t, block.text)
				} else if block.language != "sh" {
					continue
				}
				output := reader.run(t, guide, block)
				if i+1 < len(blocks) && blocks[i+1].language == "text" {
					requireShown(t, guide, blocks[i+1], output)
				}
			}
		})
	}
}

type block struct {
	language, text string
	line           int
}

var fencedBlock = regexp.MustCompile("(?ms)^```([a-z]*)[^\n]*\n(.*?)^```$")

func blocksOf(document string) []block {
	var blocks []block
	for _, match := range fencedBlock.FindAllStringSubmatchIndex(document, -1) {
		blocks = append(blocks, block{
			language: document[match[2]:match[3]], text: document[match[4]:match[5]],
			line: strings.Count(document[:match[0]], "\n") + 1,
		})
	}
	return blocks
}

// reader is somebody who follows a guide.
type reader struct {
	folder, bash, registry string
	environment            []string
}

func newReader(t *testing.T) *reader {
	t.Helper()
	bash, err := exec.LookPath("bash")
	require.NoError(t, err, "the commands of the guides are for bash")
	server := httptest.NewServer(registryserver.New(registryserver.Options{}))
	t.Cleanup(server.Close)
	home, programs := t.TempDir(), t.TempDir()
	executable, err := os.Executable()
	require.NoError(t, err)
	program := fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' \"$@\"\n", asProgram, executable)
	// A process that another test starts meanwhile must not inherit the open file: nobody
	// can run a file that is open for writing.
	syscall.ForkLock.RLock()
	err = os.WriteFile(filepath.Join(programs, "packstage"), []byte(program), 0o700)
	syscall.ForkLock.RUnlock()
	require.NoError(t, err)
	folder := t.TempDir()
	return &reader{
		folder: folder, bash: bash, registry: strings.TrimPrefix(server.URL, "http://"),
		environment: []string{
			"PATH=" + programs + string(filepath.ListSeparator) + os.Getenv("PATH"), "HOME=" + home,
			"XDG_CONFIG_HOME=" + filepath.Join(home, "config"), "XDG_CACHE_HOME=" + filepath.Join(home, "cache"),
			"DOCKER_CONFIG=" + filepath.Join(home, "docker"), "PACKSTAGE_KEY_PASSWORD=for the test",
			"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CEILING_DIRECTORIES=" + filepath.Dir(folder), "LC_ALL=C",
		},
	}
}

// hasRepository gives the reader what the recipes begin with: a package, a release of
// it, a key, and the variables that CI systems set.
func (r *reader) hasRepository(t *testing.T) {
	t.Helper()
	require.NoError(t, os.CopyFS(filepath.Join(r.folder, "shop"), os.DirFS("../examples/packages/webapp")))
	r.run(t, "preparation", block{text: "packstage push ./shop registry.example.com/team/shop:v1.0.0; packstage sign --generate-key-pair signing"})
	key, err := os.ReadFile(filepath.Join(r.folder, "signing.key"))
	require.NoError(t, err)
	r.environment = append(r.environment, "IMAGE="+r.registry+"/team/shop:v1.1.0", "SIGNING_KEY="+string(key),
		"GITHUB_STEP_SUMMARY="+filepath.Join(r.folder, "summary.md"), "TOKEN=t", "GITHUB_ACTOR=a",
		"CI_REGISTRY_USER=a", "CI_REGISTRY_PASSWORD=t")
}

// run runs one block. Commands that are meant to fail say so, with "|| true".
func (r *reader) run(t *testing.T, guide string, b block) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	script := "set -euo pipefail\n" + strings.ReplaceAll(b.text, placeholder, r.registry)
	command := exec.CommandContext(ctx, r.bash, "-c", script)
	command.Dir, command.Env = r.folder, r.environment
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	require.NoError(t, command.Run(), "%s:%d\n%s\n%s", guide, b.line, b.text, &output)
	return strings.ReplaceAll(output.String(), r.registry, placeholder)
}

// recipeCommands returns the calls of packstage in the recipe of a CI system: those in
// the fields run and script, and args of steps, whose program is packstage.
func recipeCommands(t *testing.T, recipe string) string {
	t.Helper()
	var content any
	require.NoError(t, yaml.Unmarshal([]byte(recipe), &content))
	var commands []string
	var walk func(value any)
	walk = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, item := range value {
				walk(item)
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				switch field := value[key].(type) {
				case string:
					if key == "run" {
						commands = append(commands, field)
					}
				case []any:
					if texts, ok := allTexts(field); ok && key == "script" {
						commands = append(commands, texts...)
						continue
					} else if ok && key == "args" && value["id"] == nil {
						commands = append(commands, "packstage "+strings.Join(texts, " "))
						continue
					}
				}
				walk(value[key])
			}
		}
	}
	walk(content)
	var calls strings.Builder
	for _, command := range commands {
		if strings.Contains(command, "packstage ") && !strings.HasPrefix(command, "go install") {
			calls.WriteString(strings.ReplaceAll(command, "$(params.image)", `"$IMAGE"`) + "\n")
		}
	}
	return calls.String()
}

func allTexts(items []any) ([]string, bool) {
	var texts []string
	for _, item := range items {
		text, ok := item.(string)
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}

func requireShown(t *testing.T, guide string, want block, output string) {
	t.Helper()
	rest := output
	for line := range strings.Lines(want.text) {
		line = strings.TrimRight(line, "\n")
		if strings.TrimSpace(line) == "…" || line == "" {
			continue
		}
		var parts []string
		for part := range strings.SplitSeq(line, "…") {
			parts = append(parts, regexp.QuoteMeta(part))
		}
		found := regexp.MustCompile("(?m)^" + strings.Join(parts, ".*") + "$").FindStringIndex(rest)
		require.NotNil(t, found, "%s:%d shows %q, and what was printed is\n%s", guide, want.line, line, output)
		rest = rest[found[1]:]
	}
}
