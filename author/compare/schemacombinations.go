package compare

import (
	"encoding/json"

	"github.com/packstage/packstage/internal/schema"
)

// combinations compares allOf, anyOf, oneOf and not, as texts: whether one of them
// takes less than before is known only where a part was added or taken away.
func (c *schemaComparison) combinations(at schemaPlace, a, b *schema.Schema) {
	allBefore, allAfter := schemaTexts(a.AllOf), schemaTexts(b.AllOf)
	c.combination(at, "allOf", len(missing(allAfter, allBefore)) > 0, len(missing(allBefore, allAfter)) > 0)

	anyBefore, anyAfter := schemaTexts(a.AnyOf), schemaTexts(b.AnyOf)
	gone, added := len(missing(anyBefore, anyAfter)) > 0, len(missing(anyAfter, anyBefore)) > 0
	switch {
	case len(anyBefore) == 0:
		c.combination(at, "anyOf", added, false)
	case len(anyAfter) == 0:
		c.combination(at, "anyOf", false, gone)
	default:
		c.combination(at, "anyOf", gone, added)
	}

	oneBefore, oneAfter := schemaTexts(a.OneOf), schemaTexts(b.OneOf)
	different := len(missing(oneBefore, oneAfter)) > 0 || len(missing(oneAfter, oneBefore)) > 0
	c.combination(at, "oneOf", different && len(oneAfter) > 0, different)

	before, after := schemaText(a.Not), schemaText(b.Not)
	c.combination(at, "not", before != after && b.Not != nil, before != after)
}

func (c *schemaComparison) combination(at schemaPlace, keyword string, tighter, looser bool) {
	switch {
	case tighter:
		c.emit(at, CombinationChanged, Breaking, nil, nil, "has another %s: what was good may be refused", keyword)
	case looser:
		c.emit(at, CombinationLoosened, Compatible, nil, nil, "takes more than its %s did", keyword)
	}
}

func schemaTexts(schemas []*schema.Schema) []any {
	texts := make([]any, 0, len(schemas))
	for _, one := range schemas {
		texts = append(texts, schemaText(one))
	}
	return texts
}

// schemaText is the same for equal schemas.
func schemaText(s *schema.Schema) string {
	data, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(data)
}
