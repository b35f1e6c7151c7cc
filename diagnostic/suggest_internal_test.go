package diagnostic

import (
	"slices"
	"testing"
)

func FuzzSuggest(f *testing.F) {
	f.Add("replcas", "replicas", "image")
	f.Add("", "", "-")
	f.Add("max_surge", "maxSurge", "MAX-SURGE")
	f.Add("\xff\xfe", "é", "İ")
	f.Fuzz(func(t *testing.T, name, one, two string) {
		known := []string{one, two}
		got, ok := Suggest(name, known)
		if ok != (got != "") {
			t.Fatalf("Suggest(%q, %q) = %q, %t", name, known, got, ok)
		}
		if ok && (got == name || !slices.Contains(known, got)) {
			t.Fatalf("Suggest(%q, %q) = %q, which is no other known name", name, known, got)
		}
		if again, _ := Suggest(name, []string{two, one}); again != got {
			t.Fatalf("Suggest(%q) depends on the order of the known names: %q, %q", name, got, again)
		}

		there, back := editDistance(name, one), editDistance(one, name)
		if there != back {
			t.Fatalf("from %q to %q it is %d, back %d", name, one, there, back)
		}
		if (there == 0) != (name == one) {
			t.Fatalf("distance of %q and %q is %d", name, one, there)
		}
		if len(name) <= 64 && len(one) <= 64 && there > max(len(name), len(one)) {
			t.Fatalf("distance of %q and %q is %d, more than writing the name anew", name, one, there)
		}
	})
}

func BenchmarkSuggest(b *testing.B) {
	known := []string{"availabilityProbes", "components", "config", "constraints", "dependencies",
		"filter", "images", "phases", "repositories", "scopes"}
	b.ReportAllocs()
	for b.Loop() {
		Suggest("availabiltyProbes", known)
	}
}
