package probe_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/packstage/packstage/installer/probe"
	"github.com/packstage/packstage/manifest"
)

// testCase is one entry of a file in testdata.
type testCase struct {
	name    string
	without bool
	probes  []manifest.AvailabilityProbe
	object  map[string]any
	want    probe.Result
}

// readCases reads a file of testdata. Floats stay floats, also whole ones.
func readCases(t testing.TB, path string) []testCase {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var entries []map[string]any
	require.NoError(t, yaml.Unmarshal(content, &entries), path)
	require.NotEmpty(t, entries, path)
	var cases []testCase
	for _, entry := range entries {
		for key := range entry {
			require.Contains(t, []string{"name", "without", "probes", "object", "want"}, key, path)
		}
		var c testCase
		c.name, _ = entry["name"].(string)
		require.NotEmpty(t, c.name, path)
		c.without, _ = entry["without"].(bool)
		probes, err := json.Marshal(entry["probes"])
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(probes, &c.probes), c.name)
		c.object, _ = plain(entry["object"]).(map[string]any)
		require.NotNil(t, c.object, c.name)
		c.want = wantedResult(t, c.name, entry["want"])
		cases = append(cases, c)
	}
	return cases
}

func wantedResult(t testing.TB, name string, value any) probe.Result {
	t.Helper()
	want, _ := value.(map[string]any)
	text := func(key string) string { found, _ := want[key].(string); return found }
	result := probe.Result{Status: probe.Status(text("status")), Reason: text("reason"), Message: text("message")}
	if since := text("since"); since != "" {
		parsed, err := time.Parse(time.RFC3339, since)
		require.NoError(t, err, name)
		result.Since = parsed
	}
	for _, field := range []string{"status", "reason", "message"} {
		require.NotEmpty(t, text(field), "%s: want.%s", name, field)
	}
	return result
}

// plain turns what the YAML decoder makes into what the JSON of an API server is
// decoded to.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		made := map[string]any{}
		for key, item := range v {
			made[key] = plain(item)
		}
		return made
	case map[any]any: // has a key that is no text
		made := map[string]any{}
		for key, item := range v {
			text, _ := json.Marshal(key)
			if name, ok := key.(string); ok {
				text = []byte(name)
			}
			made[string(text)] = plain(item)
		}
		return made
	case []any:
		made := make([]any, len(v))
		for i, item := range v {
			made[i] = plain(item)
		}
		return made
	case int:
		return int64(v)
	default:
		return value
	}
}

// kindFiles are the files of testdata/kinds.
func kindFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "kinds", "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

var probesFile = filepath.Join("testdata", "probes.yaml")
