package plainrender

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"time"
)

// checkJunctors judges a value by schemas that are joined.
func (a *admission) checkJunctors(schema map[string]any, value any, path string) {
	fitting := func(keyword string) (fit, all int, there bool) {
		schemas, there := schema[keyword].([]any)
		for _, one := range schemas {
			if fits(one, value) {
				fit++
			}
		}
		return fit, len(schemas), there
	}
	if fit, all, ok := fitting("allOf"); ok && fit < all {
		a.fault(path, "does not fit all")
	}
	if fit, _, ok := fitting("anyOf"); ok && fit == 0 {
		a.fault(path, "fits none")
	}
	if fit, _, ok := fitting("oneOf"); ok && fit != 1 {
		a.fault(path, "does not fit exactly one")
	}
	if not, ok := schema["not"]; ok && fits(not, value) {
		a.fault(path, "fits what it must not")
	}
}

func fits(schema, value any) bool {
	var a admission
	a.check(schema.(map[string]any), value, "")
	return len(a.faults) == 0
}

func (a *admission) checkNumber(schema map[string]any, number float64, path string) {
	if factor, ok := asNumber(schema["multipleOf"]); ok && math.Mod(number, factor) != 0 {
		a.fault(path, "is no multiple")
	}
	if bound, ok := asNumber(schema["minimum"]); ok && number == bound && schema["exclusiveMinimum"] == true {
		a.fault(path, "is the bound")
	}
	if bound, ok := asNumber(schema["maximum"]); ok && number == bound && schema["exclusiveMaximum"] == true {
		a.fault(path, "is the bound")
	}
	if schema["format"] == "int32" && (number < math.MinInt32 || number > math.MaxInt32) {
		a.fault(path, "has more than 32 bits")
	}
}

// hasFormat knows the formats that random packages have.
func hasFormat(format, text string) bool {
	var err error
	switch format {
	case "ipv4":
		var address netip.Addr
		address, err = netip.ParseAddr(text)
		return err == nil && address.Is4()
	case "date":
		_, err = time.Parse(time.DateOnly, text)
	case "duration":
		_, err = time.ParseDuration(text)
	case "byte":
		_, err = base64.StdEncoding.DecodeString(text)
	}
	return err == nil
}

func (a *admission) hasType(schema map[string]any, value any) bool {
	_, isText := value.(string)
	number, isNumber := asNumber(value)
	if schema["x-kubernetes-int-or-string"] == true {
		return isText || isNumber && number == math.Trunc(number)
	}
	var ok bool
	switch schema["type"] {
	case "string":
		return isText
	case "integer":
		return isNumber && number == math.Trunc(number)
	case "number":
		return isNumber
	case "boolean":
		_, ok = value.(bool)
	case "array":
		_, ok = value.([]any)
	case "object":
		_, ok = value.(map[string]any)
	default:
		return true
	}
	return ok
}

func asNumber(value any) (float64, bool) {
	switch value := value.(type) {
	case int64:
		return float64(value), true
	case float64:
		return value, true
	default:
		return 0, false
	}
}

// contains compares as JSON does, in which 1 and 1.0 are one number.
func contains(list []any, value any) bool {
	wanted := asJSON(value)
	for _, item := range list {
		if reflect.DeepEqual(asJSON(item), wanted) {
			return true
		}
	}
	return false
}

func asJSON(value any) (plain any) {
	text, err := json.Marshal(value)
	if err != nil || json.Unmarshal(text, &plain) != nil {
		panic(fmt.Sprint("a value that JSON does not have: ", err))
	}
	return plain
}
