package scaffold_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each archive of testdata/make has a comment with options, input.yaml, and what comes of
// it: findings, or decisions and the files of the package.
func TestMake(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob(filepath.Join("testdata", "make", "*.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, archives)
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			require.NoError(t, err)
			options := parseOptions(t, string(archive.Comment))
			made := &txtar.Archive{Comment: archive.Comment, Files: archive.Files[:1:1]}
			require.Equal(t, "input.yaml", archive.Files[0].Name)
			input := scaffold.Input{Name: "My Shop", Objects: read(t, string(archive.Files[0].Data))}
			result, err := scaffold.Make(t.Context(), input, options)
			var found diagnostic.Diagnostics
			switch {
			case errors.As(err, &found):
				made.Files = append(made.Files, txtar.File{Name: "findings", Data: []byte(describe(found))})
			default:
				require.NoError(t, err)
				made.Files = append(made.Files, resultFiles(t, result)...)
			}
			if *update {
				require.NoError(t, os.WriteFile(path, txtar.Format(made), 0o600))
				return
			}
			require.Equal(t, string(txtar.Format(archive)), string(txtar.Format(made)))
		})
	}
}

// parseOptions reads "scope=both parameters=replicas,image images=all name=x" from the
// last line of the comment.
func parseOptions(t *testing.T, comment string) scaffold.Options {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(comment), "\n")
	var options scaffold.Options
	for _, field := range strings.Fields(lines[len(lines)-1]) {
		key, value, ok := strings.Cut(field, "=")
		if !ok {
			continue
		}
		switch key {
		case "scope":
			options.Scope = scaffold.ScopeChoice(value)
		case "images":
			options.Images = scaffold.ImageChoice(value)
		case "name":
			options.Name = value
		case "parameters":
			for parameter := range strings.SplitSeq(value, ",") {
				options.Parameters = append(options.Parameters, scaffold.Parameter(parameter))
			}
		default:
			t.Fatalf("unknown option %q", field)
		}
	}
	return options
}

func describe(found diagnostic.Diagnostics) string {
	var text strings.Builder
	for _, finding := range found {
		fmt.Fprintf(&text, "%s: %s: %s\n", finding.Code, finding.Position, finding.Message)
		if finding.Hint != "" {
			fmt.Fprintf(&text, "  %s\n", finding.Hint)
		}
	}
	return text.String()
}

// resultFiles leaves out what only repeats: the schema, and golden files.
func resultFiles(t *testing.T, result *scaffold.Result) []txtar.File {
	t.Helper()
	var decisions strings.Builder
	for _, decision := range result.Decisions {
		line, err := json.Marshal(decision)
		require.NoError(t, err)
		decisions.Write(line)
		decisions.WriteByte('\n')
	}
	files := []txtar.File{{Name: "decisions", Data: []byte(decisions.String())}}
	for _, path := range result.Paths() {
		if !strings.HasPrefix(path, ".") {
			files = append(files, txtar.File{Name: path, Data: result.Files[path]})
		}
	}
	return files
}
