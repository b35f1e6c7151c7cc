package lint_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

// replacing is a rule that replaces a text wherever it stands in templates.
func replacing(old, with string, changes bool) lint.Rule {
	return lint.Rule{Code: "test-replace", Severity: diagnostic.Warning, Check: func(s *lint.Subject) []lint.Finding {
		data, _ := s.Package.Files.Read("api.yaml.gotmpl")
		at := strings.Index(string(data), old)
		if at < 0 {
			return nil
		}
		return []lint.Finding{{
			Diagnostic: diagnostic.Diagnostic{Position: diagnostic.Position{File: "api.yaml.gotmpl", Line: 1}, Message: "has " + old},
			Fix:        &lint.Fix{Changes: changes, Edits: []lint.Edit{{File: "api.yaml.gotmpl", Start: at, End: at + len(old), Text: with}}},
		}}
	}}
}

// A fix that changes more than it says is refused, whatever it is.
func TestFixesAreProved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, with string
		changes   bool
		mended    bool
	}{
		"the same":                    {"{matchLabels: {app: api}}", "{matchLabels: {\"app\": api}}", false, true},
		"another name":                {"name: api", "name: other", false, false},
		"another name, as if quoting": {"name: api", "name: other", true, false},
		"a number becomes a text":     {"terminationGracePeriodSeconds: 5", "terminationGracePeriodSeconds: \"5\"", true, true},
		"which it did not say":        {"terminationGracePeriodSeconds: 5", "terminationGracePeriodSeconds: \"5\"", false, false},
		"broken":                      {"kind: Deployment", "kind: [", false, false},
		"an object less":              {"kind: Deployment", "kind: Deploy", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := packageWith("", "      - {name: side, image: x}", "\n      terminationGracePeriodSeconds: 5")
			fixed := fix(t, files, lint.Options{Rules: []lint.Rule{replacing(c.old, c.with, c.changes)}, Only: []diagnostic.Code{"test-replace"}})
			assert.Equal(t, c.mended, len(fixed.Mended) == 1)
			assert.Equal(t, c.mended, len(fixed.Refused) == 0)
			assert.Equal(t, c.mended, len(fixed.Changes) == 1)
			assert.Equal(t, !c.mended, len(fixed.Result.Findings) == 1)
		})
	}
}

// One fix that is refused does not keep the others from being made.
func TestOneRefusedFixHidesNoOther(t *testing.T) {
	t.Parallel()
	files := packageWith("", "", "")
	files["_names.gotmpl"] = &fstest.MapFile{Data: []byte("{{ define \"a\" }}x{{ end }}\n")}
	fixed := fix(t, files, lint.Options{
		Rules: []lint.Rule{replacing("name: api", "name: other", false)}, Only: []diagnostic.Code{"test-replace", "define-unused"},
	})
	require.Len(t, fixed.Changes, 1)
	assert.Equal(t, "_names.gotmpl", fixed.Changes[0].Path)
	assert.Empty(t, fixed.Changes[0].After)
	assert.Len(t, fixed.Refused, 1)
	assert.Len(t, fixed.Mended, 1)
}

// Silenced findings are not mended.
func TestSilencedFindingsStay(t *testing.T) {
	t.Parallel()
	files := packageWith("", "", "")
	files["_names.gotmpl"] = &fstest.MapFile{Data: []byte("{{/* packstage:ignore define-unused others use it */}}\n{{ define \"a\" }}x{{ end }}\n")}
	assert.Empty(t, fix(t, files, lint.Options{}).Changes)
}

func TestWrite(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, file := range packageWith("", "", "") {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), file.Data, 0o600))
	}
	name := filepath.Join(folder, "_names.gotmpl")
	require.NoError(t, os.WriteFile(name, []byte("{{ define \"a\" }}x{{ end }}\nrest\r\n"), 0o600))
	fixed, err := lint.FindFixes(t.Context(), packageloader.FromFolder(folder, packageloader.FolderOptions{}), lint.Options{})
	require.NoError(t, err)
	require.Len(t, fixed.Changes, 1)

	require.NoError(t, os.WriteFile(name, []byte("changed\n"), 0o600))
	require.ErrorContains(t, fixed.Write(folder), "has changed meanwhile")

	require.NoError(t, os.WriteFile(name, fixed.Changes[0].Before, 0o600))
	require.NoError(t, fixed.Write(folder))
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, "rest\r\n", string(data))
	info, err := os.Stat(name)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// Files of components are changed where they are.
func TestFixesInComponents(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"manifest.yaml": {Data: []byte(usualManifest + "  components: {}\n")}}
	for name, file := range packageWith("", "", "") {
		files["components/one/"+name] = file
	}
	files["components/one/_names.gotmpl"] = &fstest.MapFile{Data: []byte("{{ define \"a\" }}x{{ end }}\nkept\n")}
	fixed := fix(t, files, lint.Options{})
	require.Len(t, fixed.Changes, 1)
	assert.Equal(t, "components/one/_names.gotmpl", fixed.Changes[0].Path)
	assert.Equal(t, "kept\n", string(fixed.Changes[0].After))
	assert.Equal(t, "one", fixed.Mended[0].Component)
}

// What lies outside of the package is not changed, even where links to it are followed.
func TestWriteStaysInThePackage(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows")
	}
	folder := filepath.Join(t.TempDir(), "package")
	require.NoError(t, os.Mkdir(folder, 0o755))
	for name, file := range packageWith("", "", "") {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), file.Data, 0o600))
	}
	const unused = "{{ define \"a\" }}x{{ end }}\n"
	outside := filepath.Join(folder, "..", "shared.gotmpl")
	require.NoError(t, os.WriteFile(outside, []byte(unused), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(folder, "_names.gotmpl")))
	source := packageloader.FromFolder(folder, packageloader.FolderOptions{FollowLinks: true})
	fixed, err := lint.FindFixes(t.Context(), source, lint.Options{})
	require.NoError(t, err)
	require.Len(t, fixed.Changes, 1)
	require.ErrorContains(t, fixed.Write(folder), "out of the package; nothing is written")
	data, err := os.ReadFile(outside)
	require.NoError(t, err)
	assert.Equal(t, unused, string(data))
}
