package schema

import (
	"strings"
	"time"
	"unicode"
)

// digits returns the digits of s, and false where it holds anything that is
// neither a digit nor allowed.
func digits(s string, allowed func(rune) bool) (string, bool) {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case !allowed(r):
			return "", false
		}
	}
	return b.String(), true
}

func isSpaceOrDash(r rune) bool {
	return r == '-' || r == ' ' || r == '\t' || r == '\n' || r == '\f' || r == '\r'
}

func isISBN10(s string) bool {
	body, check := s, 0
	if strings.HasSuffix(s, "X") {
		body, check = strings.TrimSuffix(s, "X"), 100
	}
	number, ok := digits(body, isSpaceOrDash)
	if !ok || len(number)+check/100 != 10 {
		return false
	}
	sum := check
	for i, digit := range number {
		sum += (i + 1) * int(digit-'0')
	}
	return sum%11 == 0
}

func isISBN13(s string) bool {
	number, ok := digits(s, isSpaceOrDash)
	if !ok || len(number) != 13 {
		return false
	}
	sum := 0
	for i, digit := range number {
		sum += int(digit-'0') * (1 + i%2*2)
	}
	return sum%10 == 0
}

// isCreditCard checks the number among any other characters: known prefixes and
// lengths, and the Luhn sum.
func isCreditCard(s string) bool {
	number, _ := digits(s, func(r rune) bool { return true })
	if !isCardNumber(number) {
		return false
	}
	sum := 0
	for i := range len(number) {
		digit := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			digit *= 2
			if digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return sum%10 == 0
}

func isCardNumber(number string) bool {
	begins := func(prefixes ...string) bool {
		for _, prefix := range prefixes {
			if strings.HasPrefix(number, prefix) {
				return true
			}
		}
		return false
	}
	switch len(number) {
	case 13:
		return begins("4")
	case 14:
		return begins("300", "301", "302", "303", "304", "305", "36", "38")
	case 15:
		return begins("34", "37", "2131", "1800")
	case 16:
		return begins("4", "51", "52", "53", "54", "55", "6011", "65") || begins("35") && len(number) == 16
	default:
		return false
	}
}

// ParseDuration reads a duration as Kubernetes' "format: duration" does: Go's
// syntax, or numbers with the units nano, micro, milli, sec, min, hour, day and
// week, their short forms and plurals, whatever stands between them.
func ParseDuration(s string) (time.Duration, bool) {
	if duration, err := time.ParseDuration(s); err == nil {
		return duration, true
	}
	var total time.Duration
	found := false
	for rest := []rune(s); len(rest) > 0; {
		if !isDigit(rest[0]) {
			rest = rest[1:]
			continue
		}
		var number int64
		for len(rest) > 0 && isDigit(rest[0]) {
			digit := int64(rest[0] - '0')
			if number > (1<<63-1-digit)/10 {
				return 0, false
			}
			number = number*10 + digit
			rest = rest[1:]
		}
		for len(rest) > 0 && rest[0] < unicode.MaxASCII && isSpace(byte(rest[0])) {
			rest = rest[1:]
		}
		begin := rest
		for len(rest) > 0 && isUnitLetter(rest[0]) {
			rest = rest[1:]
		}
		if unit := string(begin[:len(begin)-len(rest)]); unit != "" {
			if duration, ok := durationUnit(strings.ToLower(unit)); ok {
				total += time.Duration(number) * duration
				found = true
			}
		}
	}
	return total, found
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' && c != '\v' }

func isUnitLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == 'µ' }

func durationUnit(unit string) (time.Duration, bool) {
	for _, known := range []struct {
		names    []string // the last one may be continued: "seconds"
		duration time.Duration
	}{
		{[]string{"ns", "nano"}, time.Nanosecond},
		{[]string{"us", "µs", "micro"}, time.Microsecond},
		{[]string{"ms", "milli"}, time.Millisecond},
		{[]string{"s", "sec"}, time.Second},
		{[]string{"m", "min"}, time.Minute},
		{[]string{"h", "hr", "hour"}, time.Hour},
		{[]string{"d", "day"}, 24 * time.Hour},
		{[]string{"w", "wk", "week"}, 7 * 24 * time.Hour},
	} {
		last := known.names[len(known.names)-1]
		if strings.HasPrefix(unit, last) || isOneOf(unit, known.names) {
			return known.duration, true
		}
	}
	return 0, false
}
