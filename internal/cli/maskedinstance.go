package cli

import (
	"strings"

	"github.com/packstage/packstage/packagetypes"
)

// withoutSecrets returns an instance whose Secrets have their keys and no values, and
// in whose other objects sensitive values of the configuration do not show.
func withoutSecrets(instance *packagetypes.Instance) *packagetypes.Instance {
	masked := *instance
	masked.Phases = make([]packagetypes.Phase, len(instance.Phases))
	for i, phase := range instance.Phases {
		objects := make([]packagetypes.Object, len(phase.Objects))
		for j, object := range phase.Objects {
			content := object.Content()
			if isSecretKind(content["apiVersion"], content["kind"]) {
				content = object.DeepCopy()
				maskSecret(content)
				object = packagetypes.NewObject(content, object.Source(), object.ConditionMappings(), object.CollisionProtection())
			} else if len(instance.Sensitive) > 0 {
				content = maskTexts(content, instance.Sensitive).(map[string]any)
				object = packagetypes.NewObject(content, object.Source(), object.ConditionMappings(), object.CollisionProtection())
			}
			objects[j] = object
		}
		phase.Objects = objects
		masked.Phases[i] = phase
	}
	return &masked
}

// maskTexts returns a copy of a value in which texts that show one of those that are
// sensitive are masked.
func maskTexts(value any, sensitive []string) any {
	switch value := value.(type) {
	case map[string]any:
		masked := make(map[string]any, len(value))
		for key, item := range value {
			masked[key] = maskTexts(item, sensitive)
		}
		return masked
	case []any:
		masked := make([]any, len(value))
		for i, item := range value {
			masked[i] = maskTexts(item, sensitive)
		}
		return masked
	case string:
		for _, text := range sensitive {
			if strings.Contains(value, text) {
				return maskedValue
			}
		}
	}
	return value
}

// maskSecret masks the values of a Secret, and the annotation in which kubectl apply
// keeps the whole object.
func maskSecret(object map[string]any) {
	for _, field := range []string{"data", "stringData"} {
		values, ok := object[field].(map[string]any)
		if !ok {
			if object[field] != nil {
				object[field] = maskedValue
			}
			continue
		}
		for key := range values {
			values[key] = maskedValue
		}
	}
	metadata, _ := object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	if _, ok := annotations["kubectl.kubernetes.io/last-applied-configuration"]; ok {
		annotations["kubectl.kubernetes.io/last-applied-configuration"] = maskedValue
	}
}
