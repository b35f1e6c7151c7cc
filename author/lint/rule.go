package lint

import (
	"github.com/packstage/packstage/diagnostic"
)

// Rule is one thing that lint looks for. It is a value without state: programs make
// rules of their own and pass them in [Options], and their checks are safe for
// concurrent use.
type Rule struct {
	// Code names the rule in findings, settings and comments; it is written in
	// kebab-case, and never changes its meaning.
	Code diagnostic.Code
	// Severity of the findings, where the settings do not say otherwise. An Error is
	// for what cannot work.
	Severity diagnostic.Severity
	// Summary says in one line, without a full stop, what the rule looks for.
	Summary string
	// Explanation says why it matters and what to do about it.
	Explanation string
	// Example is a part of a package that the rule finds fault with, and Cure the
	// same without the fault.
	Example, Cure string
	// Fixes says what "--fix" does; it is empty where no change is safe.
	Fixes string
	// Check returns what it finds in a package or component. Code, severity and
	// component of the findings are filled in by the caller. [EachInstance] makes a
	// Check of what looks at one rendered instance.
	Check func(*Subject) []Finding
}

// Finding is a place where a package breaks a rule.
type Finding struct {
	diagnostic.Diagnostic
	// Object that the finding is about, as "Kind/namespace/name", without the
	// namespace where the object has none; it is empty for findings about files.
	// Settings choose findings by it.
	Object string
	// Fix mends it; nil where no change is safe for everyone.
	Fix *Fix
}

// Fix is a change of a package that mends a finding.
type Fix struct {
	// Message says what is done, such as "quote the value".
	Message string
	// Edits do not overlap.
	Edits []Edit
	// Changes tells that rendered objects may differ after it in the field of the
	// finding. Where it is not set, everything must stay as it was.
	Changes bool
}

// Edit replaces a part of a file. It must not be applied to a file that changed.
type Edit struct {
	// File is the path in the package or component.
	File string
	// Start and End are offsets in bytes; End is behind the last.
	Start, End int
	// Text takes the place of what is between them.
	Text string
}

// known returns the rule of a code.
func known(rules []Rule, code diagnostic.Code) (Rule, bool) {
	for _, rule := range rules {
		if rule.Code == code {
			return rule, true
		}
	}
	return Rule{}, false
}

// codesOf returns the codes of rules, for suggestions.
func codesOf(rules []Rule) []string {
	var codes []string
	for _, rule := range rules {
		codes = append(codes, string(rule.Code))
	}
	return codes
}
