// Package conformance renders every case of a conformance set with the CLI and
// compares the result with what the case says.
package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/cli"
)

// setFolder returns the folder of the set: $PACKSTAGE_CONFORMANCE, or the
// folder shared/conformance beside the repository.
func setFolder(t *testing.T) string {
	t.Helper()
	folder, set := os.LookupEnv("PACKSTAGE_CONFORMANCE")
	if !set {
		folder = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(folder); err != nil {
		if set {
			t.Fatalf("no conformance set: %v", err)
		}
		t.Skip("no conformance set beside the repository")
	}
	return folder
}

type want struct {
	Error  any             `json:"error"`
	Stage  string          `json:"stage"`
	Phases []phase         `json:"phases"`
	Probes json.RawMessage `json:"availabilityProbes"`
}

type phase struct {
	Name        string         `json:"name"`
	Class       string         `json:"class"`
	Objects     []object       `json:"objects"`
	ObjectNames []string       `json:"objectNames"`
	Data        map[string]any `json:"data"`
}

type object struct {
	Object              any `json:"object"`
	ConditionMappings   any `json:"conditionMappings"`
	CollisionProtection any `json:"collisionProtection"`
}

func TestConformance(t *testing.T) {
	t.Parallel()
	folder := setFolder(t)
	cases, err := filepath.Glob(filepath.Join(folder, "*", "*", "expected.json"))
	require.NoError(t, err)
	require.NotEmpty(t, cases)
	for _, expected := range cases {
		dir := filepath.Dir(expected)
		t.Run(filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			runCase(t, dir)
		})
	}
	t.Logf("%d cases", len(cases))
}

func runCase(t *testing.T, dir string) {
	t.Helper()
	wanted, required := readWanted(t, dir)
	var stdout, stderr bytes.Buffer
	code := cli.Run(t.Context(), cli.Invocation{
		Args: []string{
			"render", filepath.Join(dir, "package"), "--context", filepath.Join(dir, "context.yaml"),
			"--unknown-config", "prune", "--output", "json",
		},
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
	})
	if wanted.Error != nil {
		require.Equal(t, 1, code, "must be refused, gave\n%s%s", stdout.String(), stderr.String())
		require.Empty(t, stdout.String())
		require.NotEmpty(t, stderr.String())
		return
	}
	require.Equal(t, 0, code, "stderr:\n%s", stderr.String())
	var got want
	decode(t, stdout.Bytes(), &got)
	require.Equal(t, len(wanted.Phases), len(got.Phases), "phases:\n%s", stdout.String())
	for i := range wanted.Phases {
		comparePhase(t, wanted.Phases[i], got.Phases[i])
	}
	if !required || wanted.Probes != nil {
		require.Equal(t, normalized(t, wanted.Probes), normalized(t, got.Probes))
	}
}

func readWanted(t *testing.T, dir string) (wanted want, required bool) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "required.json"))
	if err == nil {
		var file struct {
			Result want `json:"result"`
		}
		decode(t, data, &file)
		return file.Result, true
	}
	data, err = os.ReadFile(filepath.Join(dir, "expected.json"))
	require.NoError(t, err)
	decode(t, data, &wanted)
	return wanted, false
}

func comparePhase(t *testing.T, wanted, got phase) {
	t.Helper()
	require.Equal(t, wanted.Name, got.Name)
	if wanted.ObjectNames != nil {
		compareNames(t, wanted, got)
		return
	}
	require.Equal(t, wanted.Class, got.Class)
	require.Len(t, got.Objects, len(wanted.Objects))
	for i := range wanted.Objects {
		w, g := plain(wanted.Objects[i]), plain(got.Objects[i])
		require.True(t, reflect.DeepEqual(w, g), "object %d\nwant %s\ngot  %s", i, text(w), text(g))
	}
}

func compareNames(t *testing.T, wanted, got phase) {
	t.Helper()
	names := []string{}
	for _, o := range got.Objects {
		metadata := o.Object.(map[string]any)["metadata"].(map[string]any)
		names = append(names, fmt.Sprint(metadata["name"]))
	}
	require.Equal(t, wanted.ObjectNames, names)
	if wanted.Data != nil {
		data := got.Objects[0].Object.(map[string]any)["data"]
		require.Equal(t, byValue(wanted.Data), byValue(data))
	}
}

// plain returns an object as values that are equal exactly when the README of
// the set calls the objects the same.
func plain(o object) map[string]any {
	content, _ := byValue(o.Object).(map[string]any)
	if metadata, ok := content["metadata"].(map[string]any); ok {
		for _, field := range []string{"labels", "annotations"} {
			if isEmpty(metadata[field]) {
				delete(metadata, field)
			}
		}
	}
	result := map[string]any{"object": content}
	if !isEmpty(o.ConditionMappings) {
		result["conditionMappings"] = byValue(o.ConditionMappings)
	}
	if o.CollisionProtection != nil {
		result["collisionProtection"] = o.CollisionProtection
	}
	return result
}

func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case map[string]any:
		return len(value) == 0
	case []any:
		return len(value) == 0
	default:
		return false
	}
}

// byValue replaces numbers by their exact value.
func byValue(value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(value))
		for key, item := range value {
			copied[key] = byValue(item)
		}
		return copied
	case []any:
		copied := make([]any, len(value))
		for i, item := range value {
			copied[i] = byValue(item)
		}
		return copied
	case json.Number:
		number, ok := new(big.Rat).SetString(value.String())
		if !ok {
			return value
		}
		return "number " + number.RatString()
	default:
		return value
	}
}

func normalized(t *testing.T, raw json.RawMessage) any {
	t.Helper()
	if len(raw) == 0 {
		return nil
	}
	var value any
	decode(t, raw, &value)
	if isEmpty(value) {
		return nil
	}
	return byValue(value)
}

func decode(t *testing.T, data []byte, target any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(target), "%s", data)
}

func text(value any) string {
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(data)
}
