package validate

import (
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/schema"
)

// checkDefaults checks each default by the schema of its own node: it has no
// unknown keys, satisfies the schema without further defaults, and meets the
// rules.
func (s *ConfigSchema) checkDefaults(at *schema.Path) diagnostic.Diagnostics {
	var findings diagnostic.Diagnostics
	s.validator.EachDefault(at, func(node *schema.Schema, validator *schema.Validator, at *schema.Path) {
		where := at.Child("default")
		report := func(field, message, hint string) {
			findings = append(findings, diagnostic.Diagnostic{
				Code: diagnostic.SchemaInvalidDefault, Field: field, Message: message, Hint: hint,
			})
		}
		value := schema.DeepCopy(node.Default)
		for _, unknown := range node.Prune(value, where) {
			report(unknown.Path.String(), fmt.Sprintf("unknown key %q", unknown.Key), diagnostic.DidYouMean(unknown.Key, unknown.Known))
		}
		found := validator.Validate(value, where)
		for _, f := range found {
			report(f.Path.String(), f.Message, f.Hint)
		}
		if len(found) == 0 {
			for _, failed := range s.rules.evaluateNode(node, value, where) {
				report(failed.Field, failed.Message, failed.Hint)
			}
		}
	})
	return findings
}
