package lint

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// Options say what is looked for. The zero value looks for everything that [Rules]
// has, with the severities of the rules.
type Options struct {
	// Author is the folder in which the author works, with .packstage/lint.yaml and
	// .packstage/test.yaml; nil for images, which have no such files.
	Author fs.FS
	// Rules besides those of [Rules].
	Rules []Rule
	// Only has the codes of the rules that are run; empty is all of them. It wins
	// over settings that turn a rule off.
	Only []diagnostic.Code
	// Disable has the codes of rules that are not run.
	Disable []diagnostic.Code
	// Compile says how packages are compiled and rendered.
	Compile packageloader.Options
}

// Result is what lint found.
type Result struct {
	// Findings of the rules, sorted. What settings and comments silence is not among
	// them.
	Findings []Finding
	// Faults are errors that kept lint from seeing all of the package: files,
	// components or cases that do not compile or render, and settings that cannot be
	// read.
	Faults diagnostic.Diagnostics
	// Silenced is how many findings settings and comments silenced.
	Silenced int
	// Cases is how many cases were rendered.
	Cases int
}

// Diagnostics returns faults and findings, sorted.
func (r *Result) Diagnostics() diagnostic.Diagnostics {
	found := slices.Clone(r.Faults)
	for _, finding := range r.Findings {
		found = append(found, finding.Diagnostic)
	}
	return found.Sorted()
}

// UnknownRuleError says that options name a rule that there is not.
type UnknownRuleError struct {
	Code diagnostic.Code
	// Hint names a similar code, or is empty.
	Hint string
}

// Error names the code.
func (e *UnknownRuleError) Error() string {
	text := fmt.Sprintf("there is no rule %q", string(e.Code))
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Run looks at a package with all its components, rendered with all the cases of
// its test matrix.
//
// What is wrong with the package is in the result. The error is an
// *[UnknownRuleError] where options name a rule that there is not, says that the
// source could not be reached or a file not be read, or wraps that of ctx.
func Run(ctx context.Context, source packageloader.Source, options Options) (*Result, error) {
	rules, err := options.rules()
	if err != nil {
		return nil, err
	}
	result, _, err := run(ctx, source, rules, options)
	return result, err
}

// rules returns the rules that are asked for.
func (o Options) rules() ([]Rule, error) {
	all := append(Rules(), o.Rules...)
	for _, code := range slices.Concat(o.Only, o.Disable) {
		if _, ok := known(all, code); !ok {
			return nil, &UnknownRuleError{Code: code, Hint: diagnostic.DidYouMean(string(code), codesOf(all))}
		}
	}
	return slices.DeleteFunc(all, func(rule Rule) bool {
		return len(o.Only) > 0 && !slices.Contains(o.Only, rule.Code) || slices.Contains(o.Disable, rule.Code)
	}), nil
}

// run is Run with the rules that are to be run. It also returns what it looked at.
func run(ctx context.Context, source packageloader.Source, rules []Rule, options Options) (*Result, []*Subject, error) {
	content, err := source.Open(ctx, options.Compile.Limits.WithDefaults())
	if err != nil {
		if found, ok := diagnostic.From(err); ok {
			return &Result{Faults: found}, nil, nil
		}
		return nil, nil, err
	}
	subjects, faults, err := subjectsOf(ctx, content, options)
	if err != nil {
		return nil, nil, err
	}
	result := &Result{}
	settings, settingFaults, err := readSettings(options.Author, subjects)
	if err != nil {
		return nil, nil, err
	}
	all := append(Rules(), options.Rules...)
	silencers := newSilencers(settings, subjects)
	for _, subject := range subjects {
		result.Cases += len(subject.Instances)
		for _, rule := range rules {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			severity, on := settings.severity(subject, rule, len(options.Only) > 0)
			if !on || rule.Check == nil {
				continue
			}
			for _, finding := range rule.Check(subject) {
				finding.Code, finding.Severity, finding.Component = rule.Code, severity, subject.Package.Component
				if silencers.silence(subject, finding) {
					result.Silenced++
					continue
				}
				result.Findings = append(result.Findings, finding)
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	result.Findings = append(result.Findings, silencers.leftOver(rules, all, len(options.Only) > 0)...)
	sortFindings(result)
	result.Faults = withoutFound(errorsOf(append(faults, settingFaults...)), result.Findings)
	return result, subjects, nil
}

// withoutFound drops faults that a rule says more about.
func withoutFound(faults diagnostic.Diagnostics, findings []Finding) diagnostic.Diagnostics {
	return slices.DeleteFunc(faults, func(fault diagnostic.Diagnostic) bool {
		return slices.ContainsFunc(findings, func(finding Finding) bool {
			there := fault.Position
			there.Document = 0
			return finding.Position == there && finding.Field == fault.Field && finding.Severity == fault.Severity && finding.Component == fault.Component
		})
	})
}

// errorsOf keeps what kept lint from seeing something; other findings of compiling
// and rendering are those of validation.
func errorsOf(found diagnostic.Diagnostics) diagnostic.Diagnostics {
	return slices.DeleteFunc(found.Sorted(), func(d diagnostic.Diagnostic) bool {
		return d.Severity != diagnostic.Error && d.Code != diagnostic.TemplatesNotRendered
	})
}

// place marks a diagnostic with the index of its finding while they are sorted.
type place int

func (place) Error() string { return "" }

// sortFindings sorts findings as Diagnostics.Sorted does, and drops what is there
// twice.
func sortFindings(result *Result) {
	var diagnostics diagnostic.Diagnostics
	for i, finding := range result.Findings {
		marked := finding.Diagnostic
		marked.Err = place(i)
		diagnostics = append(diagnostics, marked)
	}
	var sorted []Finding
	for _, d := range diagnostics.Sorted() {
		at, _ := d.Err.(place) //nolint:errorlint // it was put there above
		finding := result.Findings[at]
		d.Err = finding.Err
		finding.Diagnostic = d
		sorted = append(sorted, finding)
	}
	result.Findings = sorted
}

// subjectsOf loads, compiles and renders what is in the content.
func subjectsOf(ctx context.Context, content *packageloader.Content, options Options) ([]*Subject, diagnostic.Diagnostics, error) {
	suites, faults, err := matrix.Open(ctx, contentSource{content}, matrix.Options{Author: options.Author, Compile: options.Compile})
	if err != nil {
		return nil, nil, err
	}
	byComponent := map[string]*matrix.Suite{}
	for _, suite := range suites {
		byComponent[suite.Package.Component] = suite
	}
	// Packages that do not compile still have files to look at.
	packages, _ := packageloader.LoadContent(content)
	var subjects []*Subject
	for _, pkg := range packages {
		suite := byComponent[pkg.Component]
		if suite != nil {
			pkg = suite.Package
		}
		subject := newSubject(pkg, suite)
		for _, fault := range faults {
			if fault.Component == pkg.Component {
				subject.Faults = append(subject.Faults, fault)
			}
		}
		if suite != nil {
			rendered, found, err := suite.RenderAll(ctx)
			if err != nil {
				return nil, nil, err
			}
			for i := range found {
				found[i].Component = pkg.Component
			}
			subject.Faults = append(subject.Faults, found...)
			faults = append(faults, found...)
			for _, one := range rendered {
				subject.add(ctx, one)
			}
		}
		subjects = append(subjects, subject)
	}
	return subjects, faults, nil
}

// contentSource is a source that was opened.
type contentSource struct{ content *packageloader.Content }

// Open implements packageloader.Source.
func (s contentSource) Open(context.Context, packagetypes.Limits) (*packageloader.Content, error) {
	return s.content, nil
}
