package probe_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	kubernetesjson "sigs.k8s.io/json"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/probe"
	"github.com/packstage/packstage/manifest"
)

// FuzzCheck: whatever the object and the probes are, nothing panics, the object
// stays as it is, the same comes out again, and what comes out is fit for a
// terminal. Without the rules for kinds nothing is given up.
func FuzzCheck(f *testing.F) {
	files := append(kindFiles(f), probesFile)
	for _, file := range files {
		for _, c := range readCases(f, file) {
			object, err := json.Marshal(c.object)
			if err != nil {
				f.Fatal(err)
			}
			probes, err := json.Marshal(c.probes)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(object, probes)
		}
	}
	f.Fuzz(func(t *testing.T, objectText, probesText []byte) {
		var object, before map[string]any
		if kubernetesjson.UnmarshalCaseSensitivePreserveInts(objectText, &object) != nil ||
			kubernetesjson.UnmarshalCaseSensitivePreserveInts(objectText, &before) != nil {
			return
		}
		byKind := probe.Kind(object)
		requireFit(t, byKind)
		var probes []manifest.AvailabilityProbe
		if json.Unmarshal(probesText, &probes) != nil {
			return
		}
		for _, without := range []bool{false, true} {
			set, err := probe.Compile(probes, probe.Options{WithoutKindRules: without})
			if err != nil {
				requireFindings(t, err)
				return
			}
			result := set.Check(t.Context(), object)
			requireFit(t, result)
			if again := set.Check(t.Context(), object); again != result {
				t.Fatalf("%v, then %v", result, again)
			}
			if without && result.Status == probe.Failed {
				t.Fatalf("judged by kind: %v", result)
			}
			if !without && len(probes) == 0 && result != byKind {
				t.Fatalf("%v without probes, %v by kind", result, byKind)
			}
		}
		if !reflect.DeepEqual(before, object) {
			t.Fatalf("the object changed from %v to %v", before, object)
		}
	})
}

var reasonWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_:,-]*$`)

func requireFit(t *testing.T, result probe.Result) {
	t.Helper()
	const longest = 2000
	switch result.Status {
	case probe.Available, probe.Progressing, probe.Failed, probe.Terminating:
	default:
		t.Fatalf("status %q", result.Status)
	}
	if !reasonWord.MatchString(result.Reason) {
		t.Fatalf("reason %q", result.Reason)
	}
	message := result.Message
	if message == "" || len(message) > longest || !utf8.ValidString(message) || strings.ContainsFunc(message, func(c rune) bool { return c < ' ' || c == '\u202e' }) {
		t.Fatalf("message of %d bytes: %q", len(message), message)
	}
}

func requireFindings(t *testing.T, err error) {
	t.Helper()
	var findings diagnostic.Diagnostics
	if !errors.As(err, &findings) || len(findings) == 0 {
		t.Fatalf("no findings: %v", err)
	}
	for _, finding := range findings {
		if !strings.HasPrefix(finding.Field, "spec.availabilityProbes[") || finding.Message == "" {
			t.Fatalf("finding %v", finding)
		}
	}
}
