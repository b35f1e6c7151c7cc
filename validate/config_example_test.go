package validate_test

import (
	"fmt"

	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

func ExampleCompileConfigSchema() {
	_, findings := validate.CompileConfigSchema(map[string]any{
		"type": "object",
		"properties": map[string]any{
			"replicas": map[string]any{"type": "int"},
			"name":     map[string]any{"type": "string", "maxlength": 63},
		},
	}, validate.ConfigSchemaOptions{})
	for _, finding := range findings {
		fmt.Println(finding)
	}
	// Output:
	// warning: spec.config.openAPIV3Schema.properties.name.maxlength: keyword "maxLength" is written "maxlength" (did you mean "maxLength"? It is read as that, as Kubernetes does) [schema-unknown-keyword]
	// spec.config.openAPIV3Schema.properties.replicas.type: must be array, boolean, integer, number, object or string, is "int" (did you mean integer?) [schema-invalid]
}

func ExampleConfigSchema_Admit() {
	schema, findings := validate.CompileConfigSchema(map[string]any{
		"type":     "object",
		"required": []any{"host"},
		"properties": map[string]any{
			"host":     map[string]any{"type": "string"},
			"replicas": map[string]any{"type": "integer", "default": 3, "minimum": 1},
		},
	}, validate.ConfigSchemaOptions{})
	if findings.HasErrors() {
		fmt.Println(findings)
		return
	}

	admitted, _ := schema.Admit(map[string]any{"host": "shop.example.com"}, packagetypes.RejectUnknownConfig)
	fmt.Println(admitted)

	_, findings = schema.Admit(map[string]any{"replica": 5, "replicas": 0}, packagetypes.RejectUnknownConfig)
	fmt.Println(findings)
	// Output:
	// map[host:shop.example.com replicas:3]
	// 3 findings:
	// - config.host: is required (expects a string) [config-required]
	// - config.replica: unknown key "replica" (did you mean "replicas"?) [config-unknown-key]
	// - config.replicas: must be at least 1, is 0 (the schema is in the manifest) [config-invalid]
}

// A server that judges configurations of many kinds makes one Shared for all schemas.
func ExampleShared() {
	shared := validate.NewShared()
	schemas := map[string]*validate.ConfigSchema{}
	for kind, rule := range map[string]string{"shop": "self.replicas <= 9", "database": "self.replicas % 2 == 1"} {
		compiled, findings := validate.CompileConfigSchema(map[string]any{
			"type":                     "object",
			"properties":               map[string]any{"replicas": map[string]any{"type": "integer", "default": 1}},
			"x-kubernetes-validations": []any{map[string]any{"rule": rule}},
		}, validate.ConfigSchemaOptions{Shared: shared})
		if findings.HasErrors() {
			fmt.Println(findings)
			return
		}
		schemas[kind] = compiled
	}

	for _, kind := range []string{"shop", "database"} {
		admitted, findings := schemas[kind].Admit(map[string]any{"replicas": 4}, packagetypes.RejectUnknownConfig)
		fmt.Println(kind, admitted, findings)
	}
	// Output:
	// shop map[replicas:4] no findings
	// database map[] config: does not meet the rule: self.replicas % 2 == 1 [config-rule-failed]
}
