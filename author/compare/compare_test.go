package compare_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/compare"
	"github.com/packstage/packstage/packageloader"
)

// versions are two versions of a package in one archive, below a/ and b/.
type versions struct {
	archive *txtar.Archive
	a, b    map[string][]byte
	golden  map[string][]byte
}

func readVersions(t testing.TB, path string) *versions {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	require.NoError(t, err)
	v := &versions{archive: archive, a: map[string][]byte{}, b: map[string][]byte{}, golden: map[string][]byte{}}
	for _, file := range archive.Files {
		switch side, name, _ := strings.Cut(file.Name, "/"); side {
		case "a":
			v.a[name] = file.Data
		case "b":
			v.b[name] = file.Data
		default:
			v.golden[file.Name] = file.Data
		}
	}
	return v
}

func (v *versions) compare(t testing.TB, options compare.Options) *compare.Report {
	t.Helper()
	options.ReferenceA, options.ReferenceB = "a", "b"
	report, err := compare.Compare(t.Context(), packageloader.FromFiles(v.a), packageloader.FromFiles(v.b), options)
	require.NoError(t, err)
	return report
}

// printed is a report in all forms.
func printed(t testing.TB, report *compare.Report) map[string][]byte {
	t.Helper()
	forms := map[string][]byte{}
	var human, all, color, markdown bytes.Buffer
	require.NoError(t, compare.Human(&human, report, compare.HumanOptions{}))
	require.NoError(t, compare.Human(&all, report, compare.HumanOptions{Compatible: true}))
	require.NoError(t, compare.Human(&color, report, compare.HumanOptions{Color: true, Compatible: true}))
	require.NoError(t, compare.Markdown(&markdown, report))
	document, err := json.MarshalIndent(report, "", "  ")
	require.NoError(t, err)
	forms["human"], forms["human-all"], forms["markdown"] = human.Bytes(), all.Bytes(), markdown.Bytes()
	forms["json"] = append(document, '\n')
	plain := color.String()
	for _, style := range []string{"0", "1", "2", "31", "32", "36", "1;31", "1;32", "1;33"} {
		plain = strings.ReplaceAll(plain, "\x1b["+style+"m", "")
	}
	require.Equal(t, all.String(), plain, "colours change nothing else")
	return forms
}

func TestReports(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("testdata", "versions", "*.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			v := readVersions(t, path)
			report := v.compare(t, compare.Options{})
			forms := printed(t, report)
			for range 3 {
				require.Equal(t, forms, printed(t, v.compare(t, compare.Options{})), "the same every time")
			}
			if *update {
				var files []txtar.File
				for _, file := range v.archive.Files {
					if strings.HasPrefix(file.Name, "a/") || strings.HasPrefix(file.Name, "b/") {
						files = append(files, file)
					}
				}
				for _, form := range []string{"human", "human-all", "markdown", "json"} {
					files = append(files, txtar.File{Name: form, Data: forms[form]})
				}
				v.archive.Files = files
				require.NoError(t, os.WriteFile(path, txtar.Format(v.archive), 0o600))
				return
			}
			for form, want := range v.golden {
				require.Equal(t, string(want), string(forms[form]), form)
			}
		})
	}
}

// Every real package and every example is the same as itself.
func TestSameIsNoChange(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob(filepath.Join("..", "..", "examples", "packages", "*", "manifest.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, manifest := range folders {
		folder := filepath.Dir(manifest)
		source := packageloader.FromFolder(folder, packageloader.FolderOptions{})
		report, err := compare.Compare(t.Context(), source, source, compare.Options{AuthorA: os.DirFS(folder), AuthorB: os.DirFS(folder)})
		require.NoError(t, err, folder)
		require.Empty(t, report.Changes, folder)
		require.NotEmpty(t, report.Cases, folder)
		require.Equal(t, compare.Effect(""), report.Verdict)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	v := readVersions(t, filepath.Join("testdata", "versions", "shop.txtar"))

	only := v.compare(t, compare.Options{Only: []compare.Area{compare.AreaSchema}})
	require.NotEmpty(t, only.Changes)
	require.Empty(t, only.Cases, "nothing is rendered for the schema")
	for _, change := range only.Changes {
		require.Equal(t, compare.AreaSchema, change.Area)
	}

	component := v.compare(t, compare.Options{Component: "worker"})
	require.NotEmpty(t, component.Changes)
	for _, change := range component.Changes {
		require.Equal(t, "worker", change.Component)
	}

	configs := v.compare(t, compare.Options{Configs: []compare.NamedConfig{{Name: "big.yaml", Config: map[string]any{"replicas": int64(9)}}}})
	names := map[string]bool{}
	for _, one := range configs.Cases {
		names[one.Name] = true
	}
	require.Equal(t, map[string]bool{"big.yaml": true}, names)

	var steps []int
	v.compare(t, compare.Options{Progress: func(done, total int) { steps = append(steps, done, total) }})
	require.NotEmpty(t, steps)
	require.Equal(t, steps[len(steps)-1], steps[len(steps)-2])

	_, err := compare.Compare(t.Context(), packageloader.FromFiles(v.a), packageloader.FromFiles(v.b), compare.Options{Component: "nobody"})
	var fault *compare.SideError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, compare.SideA, fault.Side)

	_, err = compare.Compare(t.Context(), packageloader.FromFiles(v.a), packageloader.FromFiles(nil), compare.Options{})
	require.ErrorAs(t, err, &fault)
	require.Equal(t, compare.SideB, fault.Side)
}

// Cases of the author's file count, and those that only A has come after those of B.
func TestCasesOfBoth(t *testing.T) {
	t.Parallel()
	author := func(text string) fs.FS {
		folder := t.TempDir()
		require.NoError(t, os.MkdirAll(filepath.Join(folder, ".packstage"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(folder, ".packstage", "test.yaml"), []byte(text), 0o600))
		return os.DirFS(folder)
	}
	v := readVersions(t, filepath.Join("testdata", "versions", "shop.txtar"))
	report := v.compare(t, compare.Options{
		AuthorA: author("cases:\n- name: old\n  context: {package: {metadata: {name: x, namespace: y}}}\n"),
		AuthorB: author("cases:\n- name: new\n  context: {package: {metadata: {name: z, namespace: y}}}\n- name: refused\n  context: {config: {replicas: -1}}\n  error: {code: config-invalid}\n"),
	})
	var names []string
	for _, one := range report.Cases {
		if one.Component == "" {
			names = append(names, one.Name+" "+string(one.From))
		}
	}
	require.Equal(t, []string{"small b", "many b", "new b", "refused b", "removed-scope a", "old a"}, names)
	require.Empty(t, report.Findings, "a case that is to fail may")
}

// No sensitive value shows in any form of the report, cut off or not, nor do the
// contents of Secrets.
func TestMasking(t *testing.T) {
	t.Parallel()
	v := readVersions(t, filepath.Join("testdata", "versions", "secret.txtar"))
	report := v.compare(t, compare.Options{})
	require.True(t, report.Different())
	for form, text := range printed(t, report) {
		for _, secret := range []string{
			"hunter2", "aHVudGVyMg", "correct-horse", "battery", "Y29ycmVjdC1ob3Jz", "4711471147", "static-secret", "c3RhdGljLXNlY3JldA",
			"rotated-secret", "Zmlyc3Qtcm90YXRl", "c2Vjb25kLXJvdGF0ZW", "PEM-line",
		} {
			require.NotContains(t, string(text), secret, form)
		}
	}
}
