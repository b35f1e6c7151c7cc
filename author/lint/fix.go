package lint

import (
	"bytes"
	"context"
	"maps"
	"path"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

// Fixed is what [Fix] made of a package. Nothing is written yet.
type Fixed struct {
	// Changes of files, by path.
	Changes []Change
	// Mended are the findings that the changes mend, in the order in which that was
	// done.
	Mended []Finding
	// Refused are findings whose fix would change more of what is rendered than it
	// says, and that therefore stay.
	Refused []Finding
	// Result is what lint finds after the changes.
	Result *Result
}

// mostRounds bounds how often a fix may bring up another one.
const mostRounds = 10

// FindFixes looks at a package as [Run] does, and works out the changes that mend what
// can be mended safely: minimal edits, that keep everything else byte for byte.
//
// The package is rendered with all its cases before and after. A fix after which
// anything else is rendered than it says is refused; cases that could not be rendered
// before are not compared. Errors are those of [Run].
func FindFixes(ctx context.Context, source packageloader.Source, options Options) (*Fixed, error) {
	rules, err := options.rules()
	if err != nil {
		return nil, err
	}
	content, err := source.Open(ctx, options.Compile.Limits.WithDefaults())
	if err != nil {
		if found, ok := diagnostic.From(err); ok {
			return &Fixed{Result: &Result{Faults: found}}, nil
		}
		return nil, err
	}
	original := map[string][]byte{}
	for _, name := range content.Files.Paths() {
		original[name], _ = content.Files.Read(name)
	}
	fixer := &fixer{options: options, rules: rules, files: maps.Clone(original), fixed: &Fixed{}}
	for range mostRounds {
		changed, err := fixer.round(ctx)
		if err != nil {
			return nil, err
		}
		if !changed {
			break
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fixer.files)) {
		if !bytes.Equal(original[name], fixer.files[name]) {
			fixer.fixed.Changes = append(fixer.fixed.Changes, Change{Path: name, Before: original[name], After: fixer.files[name]})
		}
	}
	return fixer.fixed, nil
}

// fixer applies fixes until there are no more.
type fixer struct {
	options Options
	rules   []Rule
	files   map[string][]byte
	fixed   *Fixed
}

// round applies all fixes that there are now, as far as they prove to be safe, and
// tells whether there were any.
func (f *fixer) round(ctx context.Context) (changed bool, err error) {
	result, before, err := run(ctx, packageloader.FromFiles(f.files), f.rules, f.options)
	if err != nil {
		return false, err
	}
	f.fixed.Result = result
	var wanted []Finding
	for _, finding := range result.Findings {
		if finding.Fix != nil && !f.wasRefused(finding) {
			wanted = append(wanted, finding)
		}
	}
	if len(wanted) == 0 {
		return false, nil
	}
	kept, together, err := f.safeOnes(ctx, before, wanted)
	if err != nil {
		return false, err
	}
	kept, files := f.applyAll(kept)
	if !together {
		if safe, err := f.isSafe(ctx, before, files, kept); err != nil || !safe {
			return false, err // safe in parts and not together: the findings stay
		}
	}
	f.files = files
	f.fixed.Mended = append(f.fixed.Mended, kept...)
	return len(kept) > 0, nil
}

// safeOnes returns those fixes that are safe, and whether they were tried together.
// Where not all are safe, it halves them until it knows which to refuse: to render
// takes its time.
func (f *fixer) safeOnes(ctx context.Context, before []*Subject, wanted []Finding) (safe []Finding, together bool, err error) {
	applied, files := f.applyAll(wanted)
	ok, err := f.isSafe(ctx, before, files, applied)
	if err != nil || ok {
		return applied, ok, err
	}
	if len(wanted) == 1 {
		f.fixed.Refused = append(f.fixed.Refused, wanted[0])
		return nil, false, nil
	}
	for _, half := range [][]Finding{wanted[:len(wanted)/2], wanted[len(wanted)/2:]} {
		some, _, err := f.safeOnes(ctx, before, half)
		if err != nil {
			return nil, false, err
		}
		safe = append(safe, some...)
	}
	return safe, false, nil
}

func (f *fixer) wasRefused(finding Finding) bool {
	return slices.ContainsFunc(f.fixed.Refused, func(refused Finding) bool {
		return refused.Code == finding.Code && refused.Component == finding.Component && refused.Message == finding.Message && refused.Position.File == finding.Position.File
	})
}

// applyAll applies the fixes of findings, and returns those that could be applied and
// the files after it. Of fixes that overlap, the first is applied; the same fix may
// mend several.
func (f *fixer) applyAll(findings []Finding) (applied []Finding, files map[string][]byte) {
	type edit struct {
		Edit
		name string
	}
	var edits []edit
	for _, finding := range findings {
		fits := true
		var own []edit
		for _, e := range finding.Fix.Edits {
			name := e.File
			if finding.Component != "" {
				name = path.Join("components", finding.Component, name)
			}
			same := false
			for _, other := range edits {
				overlaps := other.name == name && e.Start < max(other.End, other.Start+1) && other.Start < max(e.End, e.Start+1)
				same = same || other.Edit == e && other.name == name
				fits = fits && (!overlaps || other.Edit == e)
			}
			fits = fits && e.Start >= 0 && e.Start <= e.End && e.End <= len(f.files[name])
			if !same {
				own = append(own, edit{e, name})
			}
		}
		if fits {
			edits, applied = append(edits, own...), append(applied, finding)
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return b.Start - a.Start }) // from the end, so that offsets stay true
	files = maps.Clone(f.files)
	for _, e := range edits {
		files[e.name] = slices.Concat(files[e.name][:e.Start], []byte(e.Text), files[e.name][e.End:])
	}
	return applied, files
}
