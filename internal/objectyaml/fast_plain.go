package objectyaml

import (
	"strconv"
	"strings"
	"time"

	"github.com/packstage/packstage/internal/yamlscalar"
)

// readsAsText tells whether YAML 1.1 reads a text without quotes as that text, and
// not as null, a boolean, a number or a time.
func readsAsText(text string) bool {
	if text == "" {
		return false
	}
	switch c := text[0]; c {
	case '+', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return !isSpecialFloat(text) && !isNumber(text) && !isTimestamp(text) && !isSexagesimal(text)
	case '.':
		if isSpecialFloat(text) {
			return false
		}
		if len(text) == 1 || text[1] < '0' || text[1] > '9' {
			return true
		}
		_, err := strconv.ParseFloat(text, 64)
		return err != nil
	case 'y', 'Y', 'n', 'N', 't', 'T', 'f', 'F', 'o', 'O', '~':
		return !isWord(text)
	}
	return true
}

func isWord(text string) bool {
	switch text {
	case "~", "null", "Null", "NULL",
		"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON",
		"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return true
	}
	return false
}

func isSpecialFloat(text string) bool {
	switch text {
	case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF":
		return true
	}
	return false
}

func isNumber(text string) bool {
	if !yamlscalar.LooksNumeric(text) {
		return false
	}
	plain := strings.ReplaceAll(text, "_", "")
	if _, err := strconv.ParseInt(plain, 0, 64); err == nil {
		return true
	}
	if _, err := strconv.ParseUint(plain, 0, 64); err == nil {
		return true
	}
	if yamlscalar.IsDecimalFloat(plain) {
		if _, err := strconv.ParseFloat(plain, 64); err == nil {
			return true
		}
	}
	// Binary numbers with a second sign are numbers too.
	digits, ok := strings.CutPrefix(plain, "0b")
	if !ok {
		return false
	}
	_, err := strconv.ParseInt(digits, 2, 64)
	return err == nil
}

// isTimestamp tells whether the library reads a time.
func isTimestamp(text string) bool {
	if yamlscalar.CountDigits(text) != 4 || len(text) == 4 || text[4] != '-' {
		return false
	}
	for _, format := range [...]string{
		"2006-1-2T15:4:5.999999999Z07:00", "2006-1-2t15:4:5.999999999Z07:00", "2006-1-2 15:4:5.999999999", "2006-1-2",
	} {
		if _, err := time.Parse(format, text); err == nil {
			return true
		}
	}
	return false
}

// isSexagesimal reports whether text has the form
// [+-] digit (digit | _)* (: [0-5] digit)+ [. (digit | _)*]
// of a number in base 60, which the library quotes for other readers. The first of
// the two digits may be missing.
func isSexagesimal(text string) bool {
	if text[0] == '+' || text[0] == '-' {
		text = text[1:]
	}
	if yamlscalar.CountDigits(text) == 0 {
		return false
	}
	text = strings.TrimLeft(text, "0123456789_")
	groups := 0
	for ; strings.HasPrefix(text, ":"); groups++ {
		digits := yamlscalar.CountDigits(text[1:])
		if digits == 0 || digits > 2 || digits == 2 && text[1] > '5' {
			return false
		}
		text = text[1+digits:]
	}
	if groups == 0 {
		return false
	}
	if rest, ok := strings.CutPrefix(text, "."); ok {
		text = strings.TrimLeft(rest, "0123456789_")
	}
	return text == ""
}
