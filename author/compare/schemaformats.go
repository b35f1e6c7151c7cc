package compare

import (
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/schema"
)

func (c *schemaComparison) patterns(at schemaPlace, a, b *schema.Schema) {
	switch {
	case a.Pattern == b.Pattern:
	case a.Pattern == "":
		c.emit(at, PatternAdded, Breaking, nil, b.Pattern, "has to match %s now", show(b.Pattern))
	case b.Pattern == "":
		c.emit(at, PatternRemoved, Compatible, a.Pattern, nil, "has no pattern to match any more")
	default:
		c.emit(at, PatternChanged, Breaking, a.Pattern, b.Pattern, "has to match %s where it had to match %s: what was good may not be", show(b.Pattern), show(a.Pattern))
	}
}

func (c *schemaComparison) formats(at schemaPlace, a, b *schema.Schema) {
	before, after := a.Format, b.Format
	if before == after {
		return
	}
	effect := Breaking
	if c.flavor == configFlavor && !isCheckedFormat(b.Type, after) || before == "int32" && after == "int64" || before == "float" && after == "double" {
		effect = Compatible
	}
	switch {
	case after == "":
		c.emit(at, FormatRemoved, Compatible, before, nil, "need not have the format %s any more", before)
	case before == "" && effect == Compatible:
		c.emit(at, FormatAdded, effect, nil, after, "has the format %s, which refuses nothing", after)
	case before == "":
		c.emit(at, FormatAdded, effect, nil, after, "has to have the format %s now", after)
	default:
		c.emit(at, FormatChanged, effect, before, after, "has the format %s where it was %s", after, before)
	}
}

// isCheckedFormat reports whether a format can refuse a value of a type.
func isCheckedFormat(valueType, format string) bool {
	switch format {
	case "password": // any text
		return false
	case "int64", "double":
		return false // all that there is
	case "int32", "float":
		return valueType == "integer" || valueType == "number"
	}
	return valueType == "string" && slices.Contains(checkedFormats, strings.ReplaceAll(format, "-", ""))
}

// checkedFormats are the formats of texts that refuse some, as docs/format.md has
// them, without dashes.
var checkedFormats = []string{
	"bsonobjectid", "byte", "cidr", "creditcard", "date", "datetime", "duration", "email", "hexcolor", "hostname",
	"ipv4", "ipv6", "isbn", "isbn10", "isbn13", "k8slongname", "k8sshortname", "mac", "rgbcolor", "ssn", "uri",
	"uuid", "uuid3", "uuid4", "uuid5",
}
