package docs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// maskedText stands where a value is not shown.
const maskedText = "***"

// masker returns texts without the sensitive values of a configuration.
type masker func(texts []string, config map[string]any) []string

// maskerOf returns that of a suite, or nil where nothing in the configuration is
// sensitive.
func maskerOf(suite *matrix.Suite) masker {
	return func(texts []string, config map[string]any) []string {
		if len(suite.Renderer.ConfigSchema().SensitiveValues(config)) == 0 {
			return texts
		}
		found := make(diagnostic.Diagnostics, len(texts))
		for i, text := range texts {
			found[i].Message = text
		}
		hidden := make([]string, len(texts))
		for i, finding := range suite.Renderer.Mask(found, config) {
			hidden[i] = finding.Message
		}
		return hidden
	}
}

// Masked returns the content of an object of a test case as everybody may read it: the
// values in a Secret are masked, and so are the sensitive values of the configuration,
// wherever they are. The object stays as it is.
func (p *Package) Masked(of matrix.Rendered, object packagetypes.Object) map[string]any {
	content := object.Content()
	if kind := object.GroupVersionKind(); kind.Group == "" && kind.Kind == "Secret" {
		content = maskedSecret(content)
	}
	if p.mask == nil {
		return content
	}
	texts := scalars(nil, content)
	hidden := p.mask(texts, of.Instance.AdmittedConfig)
	changed := false
	for i := range texts {
		changed = changed || texts[i] != hidden[i]
	}
	if !changed {
		return content
	}
	masked, _ := withScalars(content, &hidden).(map[string]any)
	return masked
}

func maskedSecret(content map[string]any) map[string]any {
	masked := make(map[string]any, len(content))
	for key, value := range content {
		values, ok := value.(map[string]any)
		if ok && (key == "data" || key == "stringData") {
			hidden := make(map[string]any, len(values))
			for name := range values {
				hidden[name] = maskedText
			}
			value = hidden
		}
		masked[key] = value
	}
	return masked
}

// scalars appends the texts and numbers in a value, in the order of its keys.
func scalars(texts []string, value any) []string {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			texts = scalars(texts, value[key])
		}
	case []any:
		for _, item := range value {
			texts = scalars(texts, item)
		}
	case string, int64, float64:
		texts = append(texts, fmt.Sprint(value))
	}
	return texts
}

// withScalars returns a copy of a value with the next texts in place of those that
// scalars found.
func withScalars(value any, next *[]string) any {
	switch value := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(value))
		for _, key := range slices.Sorted(maps.Keys(value)) {
			copied[key] = withScalars(value[key], next)
		}
		return copied
	case []any:
		copied := make([]any, len(value))
		for i, item := range value {
			copied[i] = withScalars(item, next)
		}
		return copied
	case string, int64, float64:
		text := (*next)[0]
		*next = (*next)[1:]
		if text == fmt.Sprint(value) {
			return value
		}
		return text
	default:
		return value
	}
}
