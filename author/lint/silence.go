package lint

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// silencers are all ways in which a package silences findings.
type silencers struct {
	settings *allSettings
	subjects map[string]*Subject              // by component
	comments map[string]map[string][]*comment // by component and file
}

func newSilencers(settings *allSettings, subjects []*Subject) *silencers {
	s := &silencers{settings: settings, subjects: map[string]*Subject{}, comments: map[string]map[string][]*comment{}}
	for _, subject := range subjects {
		s.subjects[subject.Package.Component] = subject
		files := map[string][]*comment{}
		for _, file := range subject.Package.Files.Paths() {
			data, _ := subject.Package.Files.Read(file)
			if comments := findComments(file, data); len(comments) > 0 {
				files[file] = comments
			}
		}
		s.comments[subject.Package.Component] = files
	}
	return s
}

// silence tells whether a finding is silenced, and remembers by what.
func (s *silencers) silence(subject *Subject, finding Finding) bool {
	component := subject.Package.Component
	silenced := false
	for _, comment := range s.comments[component][finding.Position.File] {
		line := finding.Position.Line
		if slices.Contains(comment.codes, string(finding.Code)) && (comment.last == 0 || comment.first <= line && line <= comment.last) {
			comment.used[string(finding.Code)] = true
			silenced = true
		}
	}
	for _, of := range slices.Compact([]string{component, ""}) {
		file := s.settings.files[of]
		if file == nil {
			continue
		}
		name := finding.Position.File
		if component != "" && of == "" {
			name = path.Join("components", component, name)
		}
		for i := range file.content.Ignore {
			if entry := &file.content.Ignore[i]; entry.matches(finding, name) {
				entry.used = true
				silenced = true
			}
		}
	}
	return silenced
}

// Codes of findings about silencing itself.
const (
	ignoreUnused  diagnostic.Code = "ignore-unused"
	ignoreUnknown diagnostic.Code = "ignore-unknown"
)

// leftOver returns findings about comments and settings that silence nothing, or
// name rules that there are not. What is silenced where something could not be looked
// at is not known.
func (s *silencers) leftOver(run, all []Rule, asked bool) []Finding {
	var found []Finding
	add := func(component string, position diagnostic.Position, code, what string, fix *Fix) {
		if _, ok := known(all, diagnostic.Code(code)); !ok {
			found = append(found, Finding{Diagnostic: diagnostic.Diagnostic{
				Code: ignoreUnknown, Position: position, Component: component,
				Message: fmt.Sprintf("there is no rule %q", code), Hint: diagnostic.DidYouMean(code, codesOf(all)),
			}})
			return
		}
		if _, ok := known(run, diagnostic.Code(code)); ok && what != "" {
			found = append(found, Finding{Fix: fix, Diagnostic: diagnostic.Diagnostic{
				Code: ignoreUnused, Position: position, Component: component,
				Message: fmt.Sprintf("%s silences nothing: there is no finding of %q there", what, code), Hint: "remove it",
			}})
		}
	}
	for _, component := range slices.Sorted(maps.Keys(s.comments)) {
		for _, file := range slices.Sorted(maps.Keys(s.comments[component])) {
			for _, comment := range s.comments[component][file] {
				judged := func(code string) bool { return s.judged(component, run, code, asked) }
				for _, code := range comment.codes {
					switch _, there := known(all, diagnostic.Code(code)); {
					case comment.used[code] || there && !judged(code):
					case slices.ContainsFunc(comment.codes, func(code string) bool { return !judged(code) }):
						add(component, comment.position, code, "the comment", nil)
					default:
						add(component, comment.position, code, "the comment", comment.remove())
					}
				}
			}
		}
	}
	for _, component := range slices.Sorted(maps.Keys(s.settings.files)) {
		file := s.settings.files[component]
		for _, code := range slices.Sorted(maps.Keys(file.content.Rules)) {
			add("", file.positions[code], code, "", nil)
		}
		for _, entry := range file.content.Ignore {
			for _, code := range entry.Codes {
				_, there := known(all, diagnostic.Code(code))
				if !entry.used && (!there || s.judgedIn(component, run, code, asked)) {
					add("", entry.position, code, "the entry", nil)
				}
			}
		}
	}
	return ofRules(found, run, s.settings)
}

// judged tells whether it is known what a rule finds in a package or component: it is
// run, and everything can be looked at.
func (s *silencers) judged(component string, run []Rule, code string, asked bool) bool {
	subject := s.subjects[component]
	rule, ok := known(run, diagnostic.Code(code))
	if !ok || subject == nil || subject.hidesSomething() {
		return false
	}
	_, on := s.settings.severity(subject, rule, asked)
	return on
}

// judgedIn is judged for all that the settings of a component are about: for those of
// the root, the components, too.
func (s *silencers) judgedIn(component string, run []Rule, code string, asked bool) bool {
	judged := false
	for name, subject := range s.subjects {
		if name != component && component != "" {
			continue
		}
		if subject.hidesSomething() {
			return false
		}
		judged = judged || s.judged(name, run, code, asked)
	}
	return judged
}

// ofRules gives the findings the severity of their rules, and drops those of rules
// that are not run.
func ofRules(found []Finding, rules []Rule, settings *allSettings) []Finding {
	var kept []Finding
	for _, finding := range found {
		rule, ok := known(rules, finding.Code)
		if !ok {
			continue
		}
		if root := settings.files[""]; root != nil {
			if level, ok := root.content.Rules[string(rule.Code)]; ok {
				if level.off {
					continue
				}
				rule.Severity = level.severity
			}
		}
		finding.Severity = rule.Severity
		kept = append(kept, finding)
	}
	return kept
}

// objectNames returns the names by which settings know an object: with and without
// its namespace.
func objectNames(object string) []string {
	names := []string{object}
	if parts := strings.Split(object, "/"); len(parts) == 3 {
		names = append(names, parts[0]+"/"+parts[2])
	}
	return names
}
