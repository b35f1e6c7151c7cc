package admission

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// tableCase is a case of validate/testdata/admission, whose README says what the
// fields mean.
type tableCase struct {
	Name       string          `json:"name"`
	Schema     json.RawMessage `json:"schema"`
	Rejected   []string        `json:"rejected"`
	Values     []tableValue    `json:"values"`
	Difference string          `json:"difference"`
}

type tableValue struct {
	Value      json.RawMessage `json:"value"`
	JSON       string          `json:"json"`
	Admitted   json.RawMessage `json:"admitted"`
	Invalid    []string        `json:"invalid"`
	Unknown    []string        `json:"unknown"`
	Difference string          `json:"difference"`
}

func table(t *testing.T) []tableCase {
	t.Helper()
	files, err := filepath.Glob("../../validate/testdata/admission/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases found: ", err)
	}
	var cases []tableCase
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		converted, err := yaml.YAMLToJSONStrict(text)
		if err != nil {
			t.Fatal(file, err)
		}
		var inFile []tableCase
		if err := json.Unmarshal(converted, &inFile); err != nil {
			t.Fatal(file, err)
		}
		cases = append(cases, inFile...)
	}
	return cases
}

func decode(t *testing.T, text []byte) map[string]any {
	t.Helper()
	value := map[string]any{}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestKubernetesAgrees runs the table through Kubernetes' code. What the table
// says is what packstage does (a test in validate sees to that); here it must be
// what Kubernetes does too, unless the case names the difference, and then it must
// be something else.
func TestKubernetesAgrees(t *testing.T) {
	pairs := 0
	for _, c := range table(t) {
		t.Run(c.Name, func(t *testing.T) {
			schema, costly, rejected, err := Compile(c.Schema)
			if err != nil {
				t.Fatal(err)
			}
			// that costs are not estimated is one difference; a case that names it shows it
			theirs := len(rejected) > 0 || costly && c.Difference != ""
			agree(t, c.Difference, "schema rejected", len(c.Rejected) > 0, theirs, rejected)
			if schema == nil {
				return
			}
			for i, value := range c.Values {
				t.Run(fmt.Sprint(i), func(t *testing.T) { compare(t, schema, value) })
			}
		})
		pairs += max(1, len(c.Values))
	}
	t.Logf("%d pairs of a schema and a value", pairs)
	if pairs < 170 {
		t.Errorf("the table has only %d pairs", pairs)
	}
}

func compare(t *testing.T, schema *Schema, value tableValue) {
	t.Helper()
	text := []byte(value.JSON)
	if len(text) == 0 {
		text = value.Value
	}
	admitted, unknown, faults := schema.Admit(decode(t, text))
	if value.Difference == "" {
		if a, b := sorted(value.Unknown), sorted(unknown); !slices.Equal(a, b) {
			t.Errorf("unknown keys: packstage %q, Kubernetes %q", a, b)
		}
	}
	if same := sameVerdict(t, value, admitted, faults); same != (value.Difference == "") {
		t.Errorf("difference %q\n  value      %s\n  packstage  %s\n  Kubernetes %s %v", value.Difference, text, verdict(value), Canonical(admitted), faults)
	}
}

// sameVerdict compares the results, or the fields that are wrong. Where Kubernetes
// also reports the branches of a junctor, or the junctor beside its branches,
// packstage's fields are among them.
func sameVerdict(t *testing.T, value tableValue, admitted map[string]any, faults field.ErrorList) bool {
	t.Helper()
	if len(faults) == 0 {
		return verdict(value) == "admitted "+Canonical(admitted)
	}
	theirs, summed := Fields(faults)
	if !summed || len(value.Invalid) == 0 {
		return verdict(value) == "invalid "+strings.Join(sorted(theirs), " ")
	}
	for _, ours := range value.Invalid {
		if !slices.Contains(theirs, ours) {
			return false
		}
	}
	return true
}

// verdict is what packstage makes of a value, as the table says.
func verdict(value tableValue) string {
	if len(value.Invalid) > 0 {
		return "invalid " + strings.Join(sorted(value.Invalid), " ")
	}
	text := value.Admitted
	if len(text) == 0 {
		if text = []byte(value.JSON); value.JSON == "" {
			text = value.Value
		}
	}
	var admitted map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&admitted); err != nil {
		return err.Error()
	}
	return "admitted " + Canonical(admitted)
}

func sorted(fields []string) []string {
	fields = slices.Clone(fields)
	slices.Sort(fields)
	return slices.Compact(fields)
}

func agree(t *testing.T, difference, what string, ours, theirs bool, detail any) {
	t.Helper()
	if (ours == theirs) != (difference == "") {
		t.Errorf("difference %q, %s: packstage %v, Kubernetes %v: %v", difference, what, ours, theirs, detail)
	}
}
