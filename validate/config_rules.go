package validate

import (
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/schema"
	"github.com/packstage/packstage/packagetypes"
)

type configRules struct{}

func compileConfigRules(root *schema.Schema, at *schema.Path, limits packagetypes.Limits) (*configRules, diagnostic.Diagnostics) {
	return nil, nil
}

func (r *configRules) evaluate(config map[string]any, at *schema.Path) diagnostic.Diagnostics {
	return nil
}
