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
