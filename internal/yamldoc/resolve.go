package yamldoc

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/packstage/packstage/internal/yamlscalar"
)

// resolvePlain returns what a plain scalar without a tag stands for in kubectl's
// reading: nil, a bool, an int64, a uint64 beyond int64, a float64 or the text
// itself.
func resolvePlain(text string) any {
	if text == "" {
		return nil
	}
	switch c := text[0]; {
	case c >= '0' && c <= '9', c == '+', c == '-':
		return resolveNumber(text)
	case c == '.':
		if v, ok := specialFloat(text); ok {
			return v
		}
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			return v
		}
		return text
	case len(text) > len("false"):
		return text
	}
	switch text {
	case "~", "null", "Null", "NULL":
		return nil
	case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return true
	case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return false
	}
	return text
}

func specialFloat(text string) (float64, bool) {
	switch text {
	case ".nan", ".NaN", ".NAN":
		return math.NaN(), true
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF":
		return math.Inf(1), true
	case "-.inf", "-.Inf", "-.INF":
		return math.Inf(-1), true
	}
	return 0, false
}

// resolveNumber reads text that begins with a digit or a sign. Dates need no
// reading: they stay text, and none of them looks like a number.
func resolveNumber(text string) any {
	if v, ok := specialFloat(text); ok {
		return v
	}
	if !yamlscalar.LooksNumeric(text) {
		return text
	}
	plain := strings.ReplaceAll(text, "_", "")
	if v, err := strconv.ParseInt(plain, 0, 64); err == nil {
		return v
	}
	if v, err := strconv.ParseUint(plain, 0, 64); err == nil {
		return v
	}
	if yamlscalar.IsDecimalFloat(plain) {
		if v, err := strconv.ParseFloat(plain, 64); err == nil {
			return v
		}
	}
	// Binary numbers with a second sign are read too.
	if digits, ok := strings.CutPrefix(plain, "0b"); ok {
		if v, err := strconv.ParseInt(digits, 2, 64); err == nil {
			return v
		}
	}
	return text
}

// exactIntegers bounds the floats below which every integer is exact, and its
// shortest decimal form is the integer itself.
const exactIntegers = 1 << 53

// jsonFloat returns what Kubernetes' JSON decoder makes of the number that
// encoding/json writes for f: an int64 where it is written without fraction and
// exponent and fits, the float otherwise. It reports false for NaN and the
// infinities, which JSON does not have.
func jsonFloat(f float64) (any, bool) {
	switch {
	case math.IsNaN(f), math.IsInf(f, 0):
		return nil, false
	case f != math.Trunc(f):
		return f, true
	case math.Abs(f) < exactIntegers:
		return int64(f), true
	case math.Abs(f) < 1e21:
		if i, err := strconv.ParseInt(strconv.FormatFloat(f, 'f', -1, 64), 10, 64); err == nil {
			return i, true
		}
	}
	return f, true
}

// jsonUint is jsonFloat for an unsigned number.
func jsonUint(u uint64) any {
	if u <= math.MaxInt64 {
		return int64(u)
	}
	return float64(u)
}

// keyText returns the string that kubectl makes of a resolved key; it reports
// false for keys that it refuses.
func keyText(key any) (string, bool) {
	switch key := key.(type) {
	case string:
		return jsonText(key), true
	case int:
		return strconv.Itoa(key), true
	case int64:
		return strconv.FormatInt(key, 10), true
	case bool:
		return strconv.FormatBool(key), true
	case float64:
		switch {
		case math.IsNaN(key):
			return ".nan", true
		case math.IsInf(key, 1):
			return ".inf", true
		case math.IsInf(key, -1):
			return "-.inf", true
		}
		// 32 bits, as sigs.k8s.io/yaml has it.
		s := strconv.FormatFloat(key, 'g', -1, 32)
		switch s {
		case "+Inf":
			return ".inf", true
		case "-Inf":
			return "-.inf", true
		}
		return s, true
	}
	return "", false
}

// jsonText returns text as it comes out of JSON: each byte that is not UTF-8
// (only !!binary makes such) becomes U+FFFD.
func jsonText(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}
