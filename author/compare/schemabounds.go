package compare

import (
	"math"

	"github.com/packstage/packstage/internal/schema"
)

// bound is a keyword with a number that refuses what is below or above it.
type bound struct {
	keyword string
	// upper tells that a smaller number refuses more.
	upper         bool
	before, after any
	// exclusive tells whether the number itself is refused.
	exclusiveBefore, exclusiveAfter bool
}

func (c *schemaComparison) bounds(at schemaPlace, a, b *schema.Schema) {
	for _, one := range []bound{
		{"minimum", false, a.Minimum, b.Minimum, a.ExclusiveMinimum, b.ExclusiveMinimum},
		{"maximum", true, a.Maximum, b.Maximum, a.ExclusiveMaximum, b.ExclusiveMaximum},
		{"minLength", false, count(a.MinLength), count(b.MinLength), false, false},
		{"maxLength", true, count(a.MaxLength), count(b.MaxLength), false, false},
		{"minItems", false, count(a.MinItems), count(b.MinItems), false, false},
		{"maxItems", true, count(a.MaxItems), count(b.MaxItems), false, false},
		{"minProperties", false, count(a.MinProperties), count(b.MinProperties), false, false},
		{"maxProperties", true, count(a.MaxProperties), count(b.MaxProperties), false, false},
	} {
		if a.Type == "integer" && b.Type == "integer" {
			one.before, one.exclusiveBefore = wholeBound(one.before, one.exclusiveBefore, one.upper)
			one.after, one.exclusiveAfter = wholeBound(one.after, one.exclusiveAfter, one.upper)
		}
		c.bound(at, one)
	}
	c.multiple(at, a.MultipleOf, b.MultipleOf)
}

// wholeBound writes an exclusive bound of whole numbers as the next number: more
// than 0 is at least 1.
func wholeBound(number any, exclusive, upper bool) (any, bool) {
	whole, ok := number.(int64)
	switch {
	case !exclusive || !ok || whole == math.MaxInt64 || whole == math.MinInt64:
		return number, exclusive
	case upper:
		return whole - 1, false
	default:
		return whole + 1, false
	}
}

// count returns the number of a bound on a count. A least count of zero bounds
// nothing, so it is none.
func count(number *int64) any {
	if number == nil {
		return nil
	}
	return *number
}

func (c *schemaComparison) bound(at schemaPlace, b bound) {
	at.keyword = b.keyword
	if isNoBound(b.keyword, b.before) {
		b.before = nil
	}
	if isNoBound(b.keyword, b.after) {
		b.after = nil
	}
	switch {
	case b.before == nil && b.after == nil:
		return
	case b.before == nil:
		c.emit(at, BoundTightened, Breaking, nil, b.after, "has a %s now: %s", b.keyword, b.shown(b.after, b.exclusiveAfter))
		return
	case b.after == nil:
		c.emit(at, BoundLoosened, Compatible, b.before, nil, "has no %s any more", b.keyword)
		return
	}
	order := compareNumbers(b.after, b.before)
	if b.upper {
		order = -order
	}
	tighter := order > 0 || order == 0 && b.exclusiveAfter && !b.exclusiveBefore
	looser := order < 0 || order == 0 && b.exclusiveBefore && !b.exclusiveAfter
	was, is := b.shown(b.before, b.exclusiveBefore), b.shown(b.after, b.exclusiveAfter)
	switch {
	case tighter:
		c.emit(at, BoundTightened, Breaking, b.before, b.after, "has the %s %s where it was %s", b.keyword, is, was)
	case looser:
		c.emit(at, BoundLoosened, Compatible, b.before, b.after, "has the %s %s where it was %s", b.keyword, is, was)
	}
}

// isNoBound reports whether a bound bounds nothing: there is no list of less than
// no items.
func isNoBound(keyword string, number any) bool {
	return (keyword == "minLength" || keyword == "minItems" || keyword == "minProperties") && equal(number, int64(0))
}

func (b bound) shown(number any, exclusive bool) string {
	if exclusive {
		return show(number) + " (exclusive)"
	}
	return show(number)
}

func (c *schemaComparison) multiple(at schemaPlace, before, after any) {
	at.keyword = "multipleOf"
	switch {
	case equal(before, after):
	case after == nil:
		c.emit(at, BoundLoosened, Compatible, before, nil, "need not be a multiple of %s any more", show(before))
	case before != nil && isMultiple(before, after):
		c.emit(at, BoundLoosened, Compatible, before, after, "has to be a multiple of %s where it was %s", show(after), show(before))
	default:
		c.emit(at, BoundTightened, Breaking, before, after, "has to be a multiple of %s", show(after))
	}
}

func isMultiple(of, factor any) bool {
	number, divisor := exact(of), exact(factor)
	if number == nil || divisor == nil || divisor.Sign() == 0 {
		return false
	}
	return number.Quo(number, divisor).IsInt()
}
