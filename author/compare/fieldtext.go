package compare

import (
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// listItem and mapValue stand in paths for every item of a list and for every value
// of a map.
type (
	listItem struct{}
	mapValue struct{}
)

// itemKey stands in paths for the item of a list with that key: "name=web".
type itemKey string

// fieldText writes a path as [diagnostic.FieldPath] does.
func fieldText(path []any) string {
	var b strings.Builder
	var part []any
	flush := func() {
		if text := diagnostic.FieldPath(part...); text != "" {
			if b.Len() > 0 && !strings.HasPrefix(text, "[") {
				b.WriteByte('.')
			}
			b.WriteString(text)
		}
		part = nil
	}
	for _, element := range path {
		switch element := element.(type) {
		case listItem:
			flush()
			b.WriteString("[]")
		case mapValue:
			flush()
			b.WriteString("[*]")
		case itemKey:
			part = append(part, string(element))
		default:
			part = append(part, element)
		}
	}
	flush()
	return b.String()
}
