package testrun_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/packstage/packstage/author/testrun"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/validate"
)

// A program's own rules that do not find the same twice are noticed, as its functions are.
func TestRulesAreAskedInBothOrders(t *testing.T) {
	t.Parallel()
	top := folder(t, map[string]string{
		"manifest.yaml": webManifest, "a.yaml.gotmpl": configMap("a", "deploy", "data: {replicas: \"{{ .config.replicas }}\"}\n"),
	})
	found := func(severity diagnostic.Severity, message string) diagnostic.Diagnostics {
		return diagnostic.Diagnostics{{Code: "example/rule", Severity: severity, Message: message}}
	}
	tests := map[string]struct {
		check   func(asked int64) diagnostic.Diagnostics
		want    []string // of the case and of the report, but for the missing cases
		message string   // of the last finding of the case
	}{
		"nothing":          {func(int64) diagnostic.Diagnostics { return nil }, []string{"defaults:"}, ""},
		"the same warning": {func(int64) diagnostic.Diagnostics { return found(diagnostic.Warning, "hm") }, []string{"defaults:", "warning example/rule "}, ""},
		"the same error":   {func(int64) diagnostic.Diagnostics { return found(diagnostic.Error, "no") }, []string{"defaults: example/rule@0"}, "no"},
		"an error once": {
			func(asked int64) diagnostic.Diagnostics {
				if asked == 1 {
					return nil
				}
				return found(diagnostic.Error, "no")
			},
			[]string{"defaults: example/rule@0 test-unstable@0"},
			"of two renders of the case one fails; the order of the files is all that differs",
		},
		"another error": {
			func(asked int64) diagnostic.Diagnostics { return found(diagnostic.Error, fmt.Sprint("no ", asked)) },
			[]string{"defaults: example/rule@0 example/rule@0 test-unstable@0"},
			"two renders of the case fail in different ways; the order of the files is all that differs",
		},
		"a warning once": {
			func(asked int64) diagnostic.Diagnostics {
				if asked == 1 {
					return nil
				}
				return found(diagnostic.Warning, "hm")
			},
			[]string{"defaults: test-unstable@0"},
			"two renders of the case give different warnings: example/rule, hm; the order of the files is all that differs",
		},
		"another warning": {
			func(asked int64) diagnostic.Diagnostics {
				return found(diagnostic.Warning, fmt.Sprint("hm ", asked))
			},
			[]string{"defaults: test-unstable@0"},
			"two renders of the case give different warnings: example/rule, hm 1; the order of the files is all that differs",
		},
		"a warning more": {
			func(asked int64) diagnostic.Diagnostics {
				return append(found(diagnostic.Warning, "hm"), found(diagnostic.Warning, "hm")[:asked-1]...)
			},
			[]string{"defaults:", "warning example/rule "}, "",
		},
	}
	for name, test := range tests {
		for _, coverage := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", coverage ", coverage), func(t *testing.T) {
				t.Parallel()
				var asked atomic.Int64
				rule := validate.RuleFunc(func(subject validate.Subject) diagnostic.Diagnostics {
					if subject.Instance == nil {
						return nil
					}
					return test.check(asked.Add(1))
				})
				report := run(t, top, testrun.Options{Coverage: coverage, Compile: packageloader.Options{Rules: []validate.Rule{rule}}})
				assert.Equal(t, slices.Concat(test.want, []string{"info tests-missing manifest.yaml"}), outline(report))
				if findings := report.Suites[0].Cases[0].Findings; assert.Equal(t, test.message != "", len(findings) > 0) && test.message != "" {
					assert.Equal(t, test.message, findings[len(findings)-1].Message)
				}
				assert.EqualValues(t, 2, asked.Load())
			})
		}
	}
}
