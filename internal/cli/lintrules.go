package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/diagnostic/report"
)

// completeRules lets the shell complete the codes of rules.
func completeRules(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return ruleCodes(), cobra.ShellCompDirectiveNoFileComp
}

// ruleCodes returns the codes of all rules.
func ruleCodes() []string {
	var codes []string
	for _, rule := range lint.Rules() {
		codes = append(codes, string(rule.Code))
	}
	return codes
}

// ruleDocument is what "lint --rules --output json" prints of a rule.
type ruleDocument struct {
	Code        diagnostic.Code     `json:"code"`
	Severity    diagnostic.Severity `json:"severity"`
	Summary     string              `json:"summary"`
	Explanation string              `json:"explanation"`
	Example     string              `json:"example"`
	Cure        string              `json:"cure"`
	Fixes       string              `json:"fixes,omitempty"`
}

func newRuleDocument(rule lint.Rule) ruleDocument {
	return ruleDocument{rule.Code, rule.Severity, rule.Summary, rule.Explanation, rule.Example, rule.Cure, rule.Fixes}
}

func (p *program) printRules(flags *lintFlags) error {
	rules := lint.Rules()
	if flags.explain != "" {
		index := slices.IndexFunc(rules, func(rule lint.Rule) bool { return string(rule.Code) == flags.explain })
		if index < 0 {
			return usagef("there is no rule %q; %s", flags.explain, diagnostic.DidYouMean(flags.explain, ruleCodes()))
		}
		rules = rules[index : index+1]
	}
	return p.result(func(w io.Writer) error {
		switch {
		case flags.output.value == "json":
			document := struct {
				SchemaVersion int            `json:"schemaVersion"`
				Rules         []ruleDocument `json:"rules"`
			}{SchemaVersion: schemaVersion}
			for _, rule := range rules {
				document.Rules = append(document.Rules, newRuleDocument(rule))
			}
			return printJSON(w, document)
		case flags.explain != "":
			return explainRule(w, rules[0])
		}
		for _, rule := range rules {
			fixes := ""
			if rule.Fixes != "" {
				fixes = " (--fix)"
			}
			if _, err := fmt.Fprintf(w, "%-28s %-8s %s%s\n", rule.Code, rule.Severity, rule.Summary, fixes); err != nil {
				return err
			}
		}
		return nil
	})
}

func explainRule(w io.Writer, rule lint.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s\n\n%s\n\nExample:\n%s\n\nCure:\n%s\n", rule.Code, rule.Severity, rule.Summary,
		rule.Explanation, indented(rule.Example), indented(rule.Cure))
	if rule.Fixes != "" {
		fmt.Fprintf(&b, "\n--fix: %s\n", rule.Fixes)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// helpURI returns where the documentation explains a code.
func helpURI(code diagnostic.Code) string {
	page := "diagnostics.md"
	if slices.Contains(ruleCodes(), string(code)) {
		page = "lint.md"
	}
	return "https://github.com/packstage/packstage/blob/HEAD/docs/" + page + "#" + string(code)
}

// describeRule returns what code scanning shows of a rule.
func describeRule(code diagnostic.Code) (report.SARIFRule, bool) {
	rules := lint.Rules()
	index := slices.IndexFunc(rules, func(rule lint.Rule) bool { return rule.Code == code })
	if index < 0 {
		return report.SARIFRule{}, false
	}
	rule := rules[index]
	markdown := fmt.Sprintf("%s\n\n```yaml\n%s\n```\n\nCure:\n\n```yaml\n%s\n```\n", rule.Explanation, rule.Example, rule.Cure)
	if rule.Fixes != "" {
		markdown += "\n`packstage lint --fix`: " + rule.Fixes + "\n"
	}
	summary := strings.ToUpper(rule.Summary[:1]) + rule.Summary[1:] + "."
	return report.SARIFRule{Summary: summary, Explanation: rule.Explanation, Markdown: markdown, Severity: rule.Severity}, true
}

func indented(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }
