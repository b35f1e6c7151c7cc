package validate

import (
	"reflect"
	"testing"

	encodingjson "encoding/json"

	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/packagetypes"
)

// FuzzAdmit: no schema and no value makes admission panic, the input stays as it
// is, and what was admitted is admitted again unchanged.
func FuzzAdmit(f *testing.F) {
	for _, c := range admissionCases(f) {
		schemaText, err := encodingjson.Marshal(c.Schema)
		if err != nil {
			f.Fatal(err)
		}
		value := []byte("{}")
		if len(c.Values) > 0 && c.Values[0].JSON == "" {
			if value, err = encodingjson.Marshal(c.Values[0].Value); err != nil {
				f.Fatal(err)
			}
		}
		f.Add(schemaText, value)
	}
	f.Fuzz(func(t *testing.T, schemaText, valueText []byte) {
		content, ok := fuzzObject(schemaText)
		if !ok {
			return
		}
		compiled, findings := CompileConfigSchema(content, ConfigSchemaOptions{})
		if (compiled == nil) != findings.HasErrors() {
			t.Fatalf("schema %v with findings %v", compiled, findings)
		}
		value, ok := fuzzObject(valueText)
		if !ok || compiled == nil {
			return
		}
		unchanged, _ := fuzzObject(valueText)
		admitted, findings := compiled.Admit(value, packagetypes.PruneUnknownConfig)
		if !reflect.DeepEqual(value, unchanged) {
			t.Fatalf("the input changed from %v to %v", unchanged, value)
		}
		if (admitted == nil) != findings.HasErrors() {
			t.Fatalf("admitted %v with findings %v", admitted, findings)
		}
		compiled.SensitiveValues(value)
		if admitted == nil {
			return
		}
		again, findings := compiled.Admit(admitted, packagetypes.RejectUnknownConfig)
		if findings.HasErrors() || !reflect.DeepEqual(admitted, again) {
			t.Fatalf("admitted %v, then %v: %v", admitted, again, findings)
		}
	})
}

func fuzzObject(text []byte) (map[string]any, bool) {
	converted, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, false
	}
	var object map[string]any
	err = json.UnmarshalCaseSensitivePreserveInts(converted, &object)
	return object, err == nil && object != nil
}
