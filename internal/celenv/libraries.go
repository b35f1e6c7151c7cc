package celenv

import (
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
)

// library is a set of functions under one name.
type library struct {
	name    string
	options []cel.EnvOption
}

// libraries are those of Kubernetes 1.36 and 1.37 for custom resources, except
// authorization, which needs an API server.
//
//   - strings: charAt, format, indexOf, join, lastIndexOf, lowerAscii, quote,
//     replace, split, substring, trim, upperAscii
//   - sets: sets.contains, sets.equivalent, sets.intersects
//   - lists: isSorted, sum, min, max, indexOf, lastIndexOf, and cel-go's
//     distinct, first, flatten, last, range, reverse, slice, sort, sortBy
//   - regex: find, findAll
//   - url: url, isURL, getScheme, getHost, getHostname, getPort, getEscapedPath,
//     getQuery
//   - ip: ip, isIP, ip.isCanonical, family and the kinds of addresses
//   - cidr: cidr, isCIDR, containsIP, containsCIDR, ip, masked, prefixLength
//   - quantity: quantity, isQuantity, arithmetic, comparisons, conversions
//   - semver: semver, isSemver, major, minor, patch, comparisons
//   - format: format.named and the named formats, validate
//   - two-variable comprehensions: all, exists, existsOne, transformList,
//     transformMap, transformMapEntry with key and value
//   - optionals: optional types, optMap, optFlatMap, ?. and [?]
func libraries() []library {
	return []library{
		{"strings", []cel.EnvOption{ext.Strings(ext.StringsVersion(2))}},
		{"sets", []cel.EnvOption{ext.Sets()}},
		{"lists", append(listFunctions(), ext.Lists(ext.ListsVersion(3)))},
		{"regex", regexFunctions()},
		{"url", urlFunctions()},
		{"ip", ipFunctions()},
		{"cidr", cidrFunctions()},
		{"quantity", quantityFunctions()},
		{"semver", semverFunctions()},
		{"format", formatFunctions()},
		{"two-variable comprehensions", []cel.EnvOption{ext.TwoVarComprehensions()}},
		{"optionals", []cel.EnvOption{cel.OptionalTypes()}},
	}
}

// Libraries returns the names of the function libraries that every environment
// has. Functions of other libraries do not compile.
func Libraries() []string {
	var names []string
	for _, l := range libraries() {
		names = append(names, l.name)
	}
	return names
}

func libraryOptions() []cel.EnvOption {
	var options [][]cel.EnvOption
	for _, l := range libraries() {
		options = append(options, l.options)
	}
	return slices.Concat(options...)
}
