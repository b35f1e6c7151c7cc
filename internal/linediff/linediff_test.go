package linediff_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/linediff"
)

func TestUnified(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ old, new, want string }{
		"equal":        {"a\nb\n", "a\nb\n", ""},
		"changed":      {"a\nb\nc\n", "a\nx\nc\n", "--- o\n+++ n\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"},
		"from nothing": {"", "a\n", "--- o\n+++ n\n@@ -0,0 +1 @@\n+a\n"},
		"to nothing":   {"a\n", "", "--- o\n+++ n\n@@ -1 +0,0 @@\n-a\n"},
		"line break":   {"a", "a\n", "--- o\n+++ n\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
		"an entry of a list is removed as one": {
			"- name: a\n  value: 1\n- name: b\n  value: 1\n- name: c\n  value: 1\n",
			"- name: a\n  value: 1\n- name: c\n  value: 1\n",
			"--- o\n+++ n\n@@ -1,6 +1,4 @@\n - name: a\n   value: 1\n-- name: b\n-  value: 1\n - name: c\n   value: 1\n",
		},
		"far changes are hunks of their own": {
			"1\na\nb\nc\nd\ne\nf\ng\n2\n", "x\na\nb\nc\nd\ne\nf\ng\ny\n",
			"--- o\n+++ n\n@@ -1,4 +1,4 @@\n-1\n+x\n a\n b\n c\n@@ -6,4 +6,4 @@\n e\n f\n g\n-2\n+y\n",
		},
		"near changes share one": {
			"1\na\nb\nc\nd\ne\nf\n2\n", "x\na\nb\nc\nd\ne\nf\ny\n",
			"--- o\n+++ n\n@@ -1,8 +1,8 @@\n-1\n+x\n a\n b\n c\n d\n e\n f\n-2\n+y\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, linediff.Unified("o", "n", []byte(test.old), []byte(test.new)))
		})
	}
}

// apply makes the new text of the old one and the difference.
func apply(t testing.TB, old string, hunks []linediff.Hunk) string {
	t.Helper()
	lines := strings.SplitAfter(old, "\n")
	var out strings.Builder
	at := 0
	for _, hunk := range hunks {
		begin := hunk.OldStart - 1
		if hunk.OldCount == 0 {
			begin++
		}
		for ; at < begin; at++ {
			out.WriteString(lines[at])
		}
		for _, line := range hunk.Lines {
			text := line.Text + "\n"
			if line.Unfinished {
				text = line.Text
			}
			if line.Kind != linediff.Added {
				require.Equal(t, lines[at], text)
				at++
			}
			if line.Kind != linediff.Removed {
				out.WriteString(text)
			}
		}
	}
	out.WriteString(strings.Join(lines[at:], ""))
	return out.String()
}

// changes counts the lines that differ.
func changes(hunks []linediff.Hunk) (count int) {
	for _, hunk := range hunks {
		for _, line := range hunk.Lines {
			if line.Kind != linediff.Context {
				count++
			}
		}
	}
	return count
}

// fewest is the smallest number of changes, found by trying everything.
func fewest(old, new []string) int {
	table := make([][]int, len(old)+1)
	for i := range table {
		table[i] = make([]int, len(new)+1)
	}
	for i := len(old); i >= 0; i-- {
		for j := len(new); j >= 0; j-- {
			switch {
			case i == len(old):
				table[i][j] = len(new) - j
			case j == len(new):
				table[i][j] = len(old) - i
			case old[i] == new[j]:
				table[i][j] = table[i+1][j+1]
			default:
				table[i][j] = 1 + min(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table[0][0]
}

func randomLines(random *rand.Rand, most, letters int) []string {
	lines := make([]string, random.IntN(most+1))
	for i := range lines {
		lines[i] = strings.Repeat(" ", random.IntN(3)) + string(rune('a'+random.IntN(letters))) + "\n"
	}
	return lines
}

func TestNoDifferenceIsShorter(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		a, b := randomLines(random, 14, 3), randomLines(random, 14, 3)
		old, new := strings.Join(a, ""), strings.Join(b, "")
		hunks := linediff.Hunks([]byte(old), []byte(new))
		require.Equal(t, new, apply(t, old, hunks))
		require.Equal(t, fewest(a, b), changes(hunks), "%q\n%q", old, new)
	}
}

func TestLargeTexts(t *testing.T) {
	t.Parallel()
	var old, new strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&old, "old %d\n", i)
		fmt.Fprintf(&new, "new %d\n", i)
	}
	hunks := linediff.Hunks([]byte(old.String()), []byte(new.String()))
	require.Equal(t, new.String(), apply(t, old.String(), hunks))
}

// What is written is what the patch program reads.
func TestPatchReadsIt(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("patch")
	if err != nil {
		t.Skip("no patch program")
	}
	random := rand.New(rand.NewPCG(3, 4))
	folder := t.TempDir()
	for i := range 20 {
		old, new := strings.Join(randomLines(random, 60, 6), "")+"end", strings.Join(randomLines(random, 60, 6), "")
		file := filepath.Join(folder, fmt.Sprint(i))
		require.NoError(t, os.WriteFile(file, []byte(old), 0o600))
		command := exec.CommandContext(t.Context(), program, "-s", file)
		command.Stdin = strings.NewReader(linediff.Unified(file, file, []byte(old), []byte(new)))
		output, err := command.CombinedOutput()
		require.NoError(t, err, "%s", output)
		have, err := os.ReadFile(file)
		if new == "" && err != nil {
			continue // patch removes files of which nothing is left
		}
		require.NoError(t, err)
		require.Equal(t, new, string(have))
	}
}

func FuzzHunks(f *testing.F) {
	f.Add("a\nb\n", "b\nc")
	f.Add("", "\n\n")
	f.Fuzz(func(t *testing.T, old, new string) {
		hunks := linediff.Hunks([]byte(old), []byte(new))
		if have := apply(t, old, hunks); have != new {
			t.Fatalf("%q became %q in place of %q", old, have, new)
		}
	})
}
