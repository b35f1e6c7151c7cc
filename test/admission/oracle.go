// Package admission compares packstage's admission of configurations with
// Kubernetes' own: the code of k8s.io/apiextensions-apiserver.
package admission

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdvalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// Schema is a schema that Kubernetes accepted.
type Schema struct {
	structural *structuralschema.Structural
	values     validation.SchemaValidator
	rules      *cel.Validator
}

const schemaField = "spec.versions[0].schema.openAPIV3Schema"

// Compile reads a schema the way a custom resource definition is read and
// checked. rejected are the faults that Kubernetes finds. The estimated costs of
// rules are kept apart: where nothing else is wrong, there is a schema, and costly
// is set.
func Compile(schemaJSON []byte) (schema *Schema, costly bool, rejected []string, err error) {
	var decoded apiextensionsv1.JSONSchemaProps
	if err := yaml.Unmarshal(schemaJSON, &decoded); err != nil {
		return nil, false, []string{"decode: " + err.Error()}, nil
	}
	crd := &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "configs.example.com"},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: "example.com",
			Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: "configs", Singular: "config", Kind: "Config", ListKind: "ConfigList"},
			Scope: apiextensionsv1.ClusterScoped,
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &decoded},
			}},
		},
		Status: apiextensionsv1.CustomResourceDefinitionStatus{StoredVersions: []string{"v1"}},
	}
	apiextensionsv1.SetDefaults_CustomResourceDefinition(crd)
	apiextensionsv1.SetDefaults_CustomResourceDefinitionSpec(&crd.Spec)
	var internal apiextensions.CustomResourceDefinition
	if err := apiextensionsv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(crd, &internal, nil); err != nil {
		return nil, false, []string{"convert: " + err.Error()}, nil
	}
	if faults := crdvalidation.ValidateCustomResourceDefinition(context.Background(), &internal); len(faults) > 0 {
		for _, fault := range faults {
			if strings.Contains(fault.Detail, "cost exceeds") || strings.Contains(fault.Detail, "cost total") {
				costly = true
				continue
			}
			rejected = append(rejected, strings.Replace(fault.Field, "spec.validation.openAPIV3Schema", schemaField, 1)+": "+fault.ErrorBody())
		}
		if len(rejected) > 0 {
			return nil, costly, rejected, nil
		}
	}
	var props apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&decoded, &props, nil); err != nil {
		return nil, false, nil, err
	}
	structural, err := structuralschema.NewStructural(&props)
	if err != nil {
		return nil, false, nil, err
	}
	values, _, err := validation.NewSchemaValidator(&props)
	if err != nil {
		return nil, false, nil, err
	}
	return &Schema{structural, values, cel.NewValidator(structural, false, celconfig.PerCallLimit)}, costly, nil, nil
}

// Admit runs what the API server runs when a custom resource is created: prune,
// drop nulls, default, validate, check lists, evaluate rules. The value is an
// object of its own, not one with metadata.
func (s *Schema) Admit(value map[string]any) (admitted map[string]any, unknown []string, faults field.ErrorList) {
	for _, key := range []string{"apiVersion", "kind", "metadata"} { // dropped, but not recorded at the root
		_, given := value[key]
		_, known := s.structural.Properties[key]
		if given && !known && !s.structural.XPreserveUnknownFields {
			unknown = append(unknown, key)
		}
	}
	unknown = append(unknown, pruning.PruneWithOptions(value, s.structural, false, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
	defaulting.PruneNonNullableNullsWithoutDefaults(value, s.structural)
	if err := objectmeta.Coerce(nil, value, s.structural, false, false); err != nil {
		return nil, unknown, field.ErrorList{err}
	}
	defaulting.Default(value, s.structural)
	ctx := context.Background()
	faults = append(faults, validation.ValidateCustomResource(nil, value, s.values)...)
	faults = append(faults, objectmeta.Validate(ctx, nil, value, s.structural, false)...)
	faults = append(faults, listtype.ValidateListSetsAndMaps(nil, s.structural, value)...)
	if s.rules != nil && !blocked(faults) {
		failed, _ := s.rules.Validate(ctx, nil, s.structural, value, nil, celconfig.RuntimeCELCostBudget)
		faults = append(faults, failed...)
	}
	return value, unknown, faults
}

func blocked(faults field.ErrorList) bool {
	for _, fault := range faults {
		switch fault.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return true
		}
	}
	return false
}

var (
	rangeFault     = regexp.MustCompile(`value must be of type .* in (\S+)$`)
	junctorFault   = regexp.MustCompile(`^"(.*?)" must (not )?validate`)
	forbiddenFault = regexp.MustCompile(`^(\S+) in body is a forbidden property$`)
	mapKey         = regexp.MustCompile(`\[([^\]0-9][^\]]*)\]`)
)

// Fields returns the fields of faults in packstage's notation, and whether some
// of them sum up others: those of allOf, anyOf and oneOf.
func Fields(faults field.ErrorList) (fields []string, summed bool) {
	for _, fault := range faults {
		at := fault.Field
		if match := rangeFault.FindStringSubmatch(fault.Detail); match != nil {
			at = match[1]
		} else if match := junctorFault.FindStringSubmatch(fault.Detail); match != nil {
			at, summed = match[1], summed || match[2] == ""
		} else if match := forbiddenFault.FindStringSubmatch(fault.Detail); match != nil {
			at = match[1]
		}
		at = mapKey.ReplaceAllString(strings.Replace(at, "<nil>", "", 1), ".$1")
		fields = append(fields, strings.TrimPrefix(at, "."))
	}
	return fields, summed
}

// Canonical returns a value as JSON with sorted keys and numbers as they are.
func Canonical(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(encoded)
}
