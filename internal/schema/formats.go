package schema

import (
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// stringFormat returns the check of a format of strings, or nil where Kubernetes
// does not enforce it on custom resources. Dashes in the name do not count.
func stringFormat(format string) func(string) bool {
	switch strings.ReplaceAll(format, "-", "") {
	case "bsonobjectid":
		return matches(`^[0-9a-fA-F]{24}$`)
	case "byte":
		// Kubernetes' pattern asks for at least one group of characters.
		return matches(`^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$`)
	case "cidr":
		return isCIDR
	case "creditcard":
		return isCreditCard
	case "date":
		return isDate
	case "datetime":
		return dateTime()
	case "duration":
		return func(s string) bool { _, ok := ParseDuration(s); return ok }
	case "email":
		return isEmail
	case "hexcolor":
		return matches(`^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)
	case "hostname":
		return hostname()
	case "ipv4":
		return func(s string) bool { return strings.Contains(s, ".") && isSloppyIP(s) }
	case "ipv6":
		return func(s string) bool { return strings.Contains(s, ":") && net.ParseIP(s) != nil }
	case "isbn":
		return func(s string) bool { return isISBN10(s) || isISBN13(s) }
	case "isbn10":
		return isISBN10
	case "isbn13":
		return isISBN13
	case "k8slongname":
		return name(253, `^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	case "k8sshortname":
		return name(63, `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	case "mac":
		return func(s string) bool { _, err := net.ParseMAC(s); return err == nil }
	case "password":
		return func(string) bool { return true }
	case "rgbcolor":
		const component = `\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*`
		return matches(`^rgb\(` + component + `,` + component + `,` + component + `\)$`)
	case "ssn":
		return name(11, `^\d{3}[- ]\d{2}[- ]\d{4}$`)
	case "uri":
		return func(s string) bool { _, err := url.ParseRequestURI(s); return err == nil }
	case "uuid":
		return uuid(`[0-9a-f]`, `[0-9a-f]`)
	case "uuid3":
		return uuid(`3`, `[0-9a-f]`)
	case "uuid4":
		return uuid(`4`, `[89ab]`)
	case "uuid5":
		return uuid(`5`, `[89ab]`)
	default:
		return nil
	}
}

// ValidFormat reports whether text has a format that [stringFormat] knows.
func ValidFormat(format, text string) bool {
	check := stringFormat(format)
	return check != nil && check(text)
}

func matches(pattern string) func(string) bool { return regexp.MustCompile(pattern).MatchString }

func name(longest int, pattern string) func(string) bool {
	match := matches(pattern)
	return func(s string) bool { return len(s) <= longest && match(s) }
}

// uuid matches UUIDs, with or without dashes, whose version and variant digits
// match.
func uuid(version, variant string) func(string) bool {
	return matches(`(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?` + version + `[0-9a-f]{3}-?` + variant + `[0-9a-f]{3}-?[0-9a-f]{12}$`)
}

func hostname() func(string) bool {
	// Letters of all scripts and symbols count; a single label may be anything
	// up to 63 characters, a name with dots ends in at least two letters.
	const letter = `[a-zA-Z0-9\p{S}\p{L}]`
	single := letter + `((-?` + letter + `{0,62})?)`
	dotted := `(` + letter + `(([a-zA-Z0-9-\p{S}\p{L}]{0,61}` + letter + `)?)(\.)){1,}([a-zA-Z\p{L}]){2,63}`
	match := matches(`^(` + single + `|(` + dotted + `))$`)
	return func(s string) bool {
		if len(s) > 255 || !match(s) {
			return false
		}
		for label := range strings.SplitSeq(s, ".") {
			if len(label) > 63 {
				return false
			}
		}
		return true
	}
}

func isDate(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil }

func dateTime() func(string) bool {
	clock := regexp.MustCompile(`^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$`)
	return func(s string) bool {
		day, rest, found := strings.Cut(strings.ToLower(s), "t")
		if !found || !isDate(day) {
			return false
		}
		rest, _, _ = strings.Cut(rest, "t")
		match := clock.FindStringSubmatch(rest)
		return match != nil && match[1] <= "23" && match[2] <= "59" && match[3] <= "59"
	}
}

func isEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address != ""
}

// isSloppyIP accepts leading zeros in IPv4 addresses, as Kubernetes does.
func isSloppyIP(s string) bool {
	if strings.Contains(s, ":") {
		return net.ParseIP(s) != nil
	}
	return net.ParseIP(withoutLeadingZeros(s)) != nil
}

func isCIDR(s string) bool {
	address, bits, found := strings.Cut(s, "/")
	if !found {
		return false
	}
	if !strings.Contains(address, ":") {
		address = withoutLeadingZeros(address)
	}
	_, _, err := net.ParseCIDR(address + "/" + bits)
	return err == nil
}

func withoutLeadingZeros(address string) string {
	octets := strings.Split(address, ".")
	for i, octet := range octets {
		if trimmed := strings.TrimLeft(octet, "0"); trimmed != "" {
			octets[i] = trimmed
		} else if octet != "" {
			octets[i] = "0"
		}
	}
	return strings.Join(octets, ".")
}
