package docs_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/clustertest/apiserver"
)

// hasCluster gives the reader a cluster in memory, by a kubeconfig, and the example
// packages, in the folder and as shop:v1 and shop:v2 in the registry.
func (r *reader) hasCluster(t *testing.T) *clustertest.Cluster {
	t.Helper()
	made := clustertest.New()
	server := httptest.NewServer(apiserver.New(made, apiserver.Options{}))
	t.Cleanup(server.Close)
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(kubeconfig, apiserver.Kubeconfig(server.URL, ""), 0o600))
	r.environment = append(r.environment, "KUBECONFIG="+kubeconfig, "USER=reader")
	examples := filepath.Join(r.folder, "examples", "packages", "webapp")
	require.NoError(t, os.MkdirAll(filepath.Dir(examples), 0o700))
	require.NoError(t, os.CopyFS(examples, os.DirFS("../examples/packages/webapp")))
	r.run(t, "preparation", block{text: `packstage push ./examples/packages/webapp registry.example.com/shop:v1
cp -r ./examples/packages/webapp new
sed -i.old 's/default: Welcome/default: Hello/' new/manifest.yaml
rm new/manifest.yaml.old
packstage push ./new registry.example.com/shop:v2`})
	return made
}

// installingBlocks are the commands of a document that go to a cluster.
func installingBlocks(t *testing.T, path string) []block {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var found []block
	for _, one := range blocksOf(string(content)) {
		if one.language == "sh" && strings.Contains(one.text, "packstage apply ") {
			found = append(found, one)
		}
	}
	return found
}

// TestInstalling runs the commands of the README and of the installer's guide from
// beginning to end against a cluster in memory, line by line.
func TestInstalling(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"../README.md": {
			"Plan: 5 to create", "revision 1 is available (5 created)", "release shop/shop: Available, revision 1",
			"revision 2 is available (1 changed, 4 unchanged)", "revision 3 is available (1 changed, 4 unchanged)", "release shop/shop is gone (5 deleted)",
		},
		"installer.md": {
			"Plan: 5 to create", "revision 1 is available (5 created)", "release shop/shop: Available, revision 1",
			"revision 2 is available (2 changed, 3 unchanged)", "new look", "5 objects as revision 2 says",
			"revision 3 is available (2 changed, 3 unchanged)", "release shop/shop is gone (5 deleted)",
		},
	} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			reader := newReader(t)
			made := reader.hasCluster(t)
			blocks := installingBlocks(t, path)
			require.Len(t, blocks, 1)
			lines := strings.Split(strings.TrimSpace(blocks[0].text), "\n")
			require.Len(t, lines, len(want))
			for i, line := range lines {
				output := reader.run(t, path, block{text: line, line: blocks[0].line + i + 1})
				require.Contains(t, output, want[i], line)
				_, err := made.Get(t.Context(), cluster.NewReference(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, "shop", "shop"))
				require.Equal(t, 0 < i && i < len(lines)-1, err == nil, line)
			}
		})
	}
}

// firstCells are the names in the first column of the table with a heading.
func firstCells(t *testing.T, document, heading string) []string {
	t.Helper()
	_, rest, found := strings.Cut(document, "| "+heading+" |")
	require.True(t, found, heading)
	table, _, _ := strings.Cut(rest, "\n\n")
	var names []string
	for _, line := range strings.Split(table, "\n")[2:] {
		for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(strings.Split(line, "|")[1], -1) {
			names = append(names, match[1])
		}
	}
	return names
}

// TestInstallerOutput compares what the guide says of the lines of JSON with the types
// behind them, and with what a command prints.
func TestInstallerOutput(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("installer.md")
	require.NoError(t, err)
	documented := firstCells(t, string(content), "field of the result")
	fields := []string{"type", "schemaVersion", "error", "diagnostics"}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[installer.Result]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields = append(fields, name)
	}
	require.ElementsMatch(t, fields, documented)
	events := firstCells(t, string(content), "`type` of an event")
	require.ElementsMatch(t, eventTypes(t), events)

	reader := newReader(t)
	reader.hasCluster(t)
	for _, command := range []string{
		"packstage apply registry.example.com/shop:v1 --name shop -n shop --create-namespace --output json 2>/dev/null",
		"packstage rollback nothing --output json 2>/dev/null || true",
		"packstage delete shop -n shop --output json",
	} {
		lines := strings.Split(strings.TrimSpace(reader.run(t, "installer.md", block{text: command})), "\n")
		for i, line := range lines {
			decoder := json.NewDecoder(bytes.NewBufferString(line))
			var printed map[string]any
			require.NoError(t, decoder.Decode(&printed), line)
			if i < len(lines)-1 {
				require.Contains(t, events, printed["type"])
				continue
			}
			require.Equal(t, "result", printed["type"], command)
			for name := range printed {
				require.Contains(t, documented, name)
			}
		}
	}
}

// eventTypes are the constants of the type installer.EventType, as its source has them.
func eventTypes(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("../installer/event.go")
	require.NoError(t, err)
	var types []string
	for _, match := range regexp.MustCompile(`EventType = "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
		types = append(types, match[1])
	}
	require.NotEmpty(t, types)
	return types
}
