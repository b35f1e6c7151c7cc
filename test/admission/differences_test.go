package admission

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/admission-differences.md")

const differencesFile = "../../docs/admission-differences.md"

const differencesIntro = `# Where the admission of configurations differs from Kubernetes

A package's configuration is admitted as Kubernetes admits a custom resource: the same rules for schemas, the same pruning, defaulting and validation, the same rules in CEL. ` + "`test/admission`" + ` runs %d pairs of a schema and a value through both and compares; this page is written by that test and lists every deliberate difference.

By design:

- Unknown keys are errors, with a suggestion, unless the caller asks for warnings or for Kubernetes' silent pruning (` + "`--unknown-config`" + `). The table compares with pruning.
- The configuration is an object of its own, not the root of a resource: ` + "`apiVersion`, `kind` and `metadata`" + ` are ordinary keys, unknown where the schema does not have them, and rules do not see them. The schema itself is held to Kubernetes' rules for the root all the same, so that it can be used there.
- There is never an older configuration: transition rules (` + "`oldSelf`" + `) are skipped, unless ` + "`optionalOldSelf`" + ` is set.
- Keywords that Kubernetes drops in silence, and keywords in another case, are reported.
- ` + "`x-packstage-sensitive: true`" + ` and ` + "`format: password`" + ` keep values out of messages. Where a rule sees such values, its ` + "`messageExpression`" + ` is not evaluated; ` + "`message`" + ` is used.
- Problems inside ` + "`anyOf`, `oneOf` and `not`" + ` are one finding at the value; Kubernetes also reports the branch that fits best. Problems inside ` + "`allOf`" + ` are reported where they are; Kubernetes adds a summary.
- The libraries of CEL are those of Kubernetes 1.36 and 1.37 (see package internal/celenv), without the authorizer.

From the table:

`

// differencesPage returns the page as the table wants it.
func differencesPage(t *testing.T) string {
	t.Helper()
	cases := map[string][]string{}
	pairs := 0
	for _, c := range table(t) {
		pairs += max(1, len(c.Values))
		add := func(reason, name string) {
			if reason != "" && !slices.Contains(cases[reason], name) {
				cases[reason] = append(cases[reason], name)
			}
		}
		add(c.Difference, c.Name)
		for _, value := range c.Values {
			add(value.Difference, c.Name)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, differencesIntro, pairs)
	b.WriteString("| difference | cases |\n|---|---|\n")
	for _, reason := range slices.Sorted(maps.Keys(cases)) {
		fmt.Fprintf(&b, "| %s%s | `%s` |\n", strings.ToUpper(reason[:1]), reason[1:], strings.Join(cases[reason], "`, `"))
	}
	return b.String()
}

func TestDifferencesAreDocumented(t *testing.T) {
	want := differencesPage(t)
	if *update {
		if err := os.WriteFile(differencesFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(differencesFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date; run go test ./admission/ -update", differencesFile)
	}
}
