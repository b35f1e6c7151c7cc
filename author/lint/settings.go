package lint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/gobwas/glob"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/settings"
)

// File is where an author writes what lint does, beside the manifest. That of the
// root holds for its components, too, where they do not say otherwise.
const File = ".packstage/lint.yaml"

// level is a severity, or "off".
type level struct {
	off      bool
	severity diagnostic.Severity
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *level) UnmarshalText(text []byte) error {
	switch string(text) {
	case "off", "false": // YAML reads off as false
		l.off = true
		return nil
	}
	if err := l.severity.UnmarshalText(text); err != nil {
		return fmt.Errorf("%q is none of off, info, warning and error", string(text))
	}
	return nil
}

// lintFile is the content of [File].
type lintFile struct {
	Rules  map[string]level `json:"rules"`
	Ignore []ignoreEntry    `json:"ignore"`
}

// ignoreEntry silences the findings of some rules at some places.
type ignoreEntry struct {
	Codes   []string `json:"codes"`
	Paths   []string `json:"paths"`
	Objects []string `json:"objects"`
	Reason  string   `json:"reason"`

	paths, objects []*glob.Pattern
	position       diagnostic.Position
	used           bool
}

// settingsFile is one file that was read.
type settingsFile struct {
	component string
	content   lintFile
	positions map[string]diagnostic.Position // of rules
}

// allSettings are the settings of a package with its components.
type allSettings struct {
	files map[string]*settingsFile // by component
}

// readSettings reads the settings of the root and all components.
func readSettings(author fs.FS, subjects []*Subject) (*allSettings, diagnostic.Diagnostics, error) {
	all := &allSettings{files: map[string]*settingsFile{}}
	if author == nil {
		return all, nil, nil
	}
	components := []string{""}
	for _, subject := range subjects {
		if subject.Package.Component != "" {
			components = append(components, subject.Package.Component)
		}
	}
	var found diagnostic.Diagnostics
	for _, component := range components {
		name := File
		if component != "" {
			name = path.Join("components", component, File)
		}
		file, faults, err := readSettingsFile(author, name, component)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, faults...)
		if file != nil {
			all.files[component] = file
		}
	}
	return all, found, nil
}

func readSettingsFile(author fs.FS, name, component string) (*settingsFile, diagnostic.Diagnostics, error) {
	opened, err := author.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the settings of lint: %w", err)
	}
	defer opened.Close()
	data, err := io.ReadAll(io.LimitReader(opened, settings.MaxBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read the settings of lint: %w", err)
	}
	read := &settingsFile{component: component, positions: map[string]diagnostic.Position{}}
	file, found := settings.Decode(name, data, &read.content, settings.Options{Invalid: diagnostic.LintFileInvalid})
	for code := range read.content.Rules {
		read.positions[code] = file.Position("rules", code)
	}
	for i := range read.content.Ignore {
		entry := &read.content.Ignore[i]
		entry.position = file.Position("ignore", i)
		if len(entry.Codes) == 0 {
			found = append(found, file.Fault("codes is missing", "it lists the rules whose findings are ignored", "ignore", i))
		}
		if len(entry.Paths)+len(entry.Objects) == 0 {
			found = append(found, file.Fault("says nothing about where", `give paths or objects; "rules" turns a rule off everywhere`, "ignore", i))
		}
		var faults diagnostic.Diagnostics
		entry.paths, faults = compileGlobs(file, entry.Paths, "ignore", i, "paths")
		found = append(found, faults...)
		entry.objects, faults = compileGlobs(file, entry.Objects, "ignore", i, "objects")
		found = append(found, faults...)
	}
	if found.HasErrors() {
		return nil, found.Sorted(), nil
	}
	return read, nil, nil
}

func compileGlobs(file *settings.File, texts []string, at ...any) ([]*glob.Pattern, diagnostic.Diagnostics) {
	var patterns []*glob.Pattern
	var found diagnostic.Diagnostics
	for i, text := range texts {
		pattern, err := glob.Compile(text, '/')
		if err != nil {
			found = append(found, file.Fault(fmt.Sprintf("the glob %q does not parse: %v", text, err), "", join(at, i)...))
			continue
		}
		patterns = append(patterns, pattern)
	}
	return patterns, found
}

// severity returns the severity of a rule for a package or component, and whether
// it is on. Asked for by name, a rule is on whatever the settings say.
func (a *allSettings) severity(subject *Subject, rule Rule, asked bool) (diagnostic.Severity, bool) {
	for _, component := range []string{subject.Package.Component, ""} {
		file := a.files[component]
		if file == nil {
			continue
		}
		if level, ok := file.content.Rules[string(rule.Code)]; ok {
			if level.off {
				return rule.Severity, asked
			}
			return level.severity, true
		}
	}
	return rule.Severity, true
}

// matches tells whether an entry silences a finding of a file; the path is that in
// the whole package.
func (e *ignoreEntry) matches(finding Finding, path string) bool {
	return slices.Contains(e.Codes, string(finding.Code)) &&
		(len(e.paths) == 0 || anyMatches(e.paths, path)) &&
		(len(e.objects) == 0 || finding.Object != "" && anyMatches(e.objects, objectNames(finding.Object)...))
}

func anyMatches(patterns []*glob.Pattern, texts ...string) bool {
	for _, pattern := range patterns {
		for _, text := range texts {
			if pattern.Match(text) {
				return true
			}
		}
	}
	return false
}
