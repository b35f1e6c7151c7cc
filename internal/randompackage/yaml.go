package randompackage

import (
	"fmt"
	"strings"
)

// scalars are spellings that YAML 1.1, JSON and Go do not read alike.
var scalars = []string{
	"y", "Y", "yes", "YES", "on", "On", "ON", "true", "True", "n", "No", "no", "off", "OFF", "false", "False", "FALSE", "~", "null", "", "0644", "0o17", "0x1F", "0b101", "1_000", "1e3", ".5", "-0", "+1",
	"1.0", "12:30:45", "2001-01-02", "2001-12-14t21:59:43.10-05:00", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
	"9007199254740993", "1e21", "1.5e300", "!!str 5", "!!int \"7\"", "!!float 1", "'yes'", `"1"`, "'it''s'", `"tab\tand \u00e9"`, "text", "a b  c",
	"http://x:80/y?z=1&b=c", "ü", "Yes", "TRUE", "oN", "Off", "NO", "Y", "N", "yEs", "Null", "NULL", "nULL", "0o755", "0b", "0x", "08", "-0x1F", "1e", "1.", "+.5", "-.5e-3",
	"1__0", "_1", "0.0", "-0.0", "100000000000000000000", "1e20", "9007199254740993.0", "123456789012345678e3", "1:20", "1.2.3", "2001-01-02t03:04:05Z", "+", "=", "<<x",
	"!!str", "!!bool \"yes\"", "!!str 2001-01-01", "!!binary aGVsbG8=", "!!float \"1e3\"", "'a # b'", "a\tb", "\"\\x41\\u263A\\U0001F600\\e\\0\\N\\_\\L\\P\\\"\"", "'\u2028'",
	"\u0085", "\U0001F600", "[a, [b, {c: d}], 'e, f']", "{a: {b: [1, 2]}, c}", "{\"a\":1,\"b\":{\"c\":[true,null]}}", "[]  ", "{ }", "[a,]", "{a: , b: }", "{? a : b}", "-dash", "a#b", "k: v" + "--", "{}", "[]", "[a, 1, {b: yes}]", "{a: 1, \"b\": [x, ~]}", "<&>",
}

// allScalars returns the lines of a list with every spelling.
func allScalars() []string {
	lines := []string{"all:"}
	for _, text := range scalars {
		lines = append(lines, strings.TrimRight("- "+asValue(text), " "))
	}
	return lines
}

// scalar returns a spelling that can stand behind "key: ".
func (g *generator) scalar() string {
	return asValue(scalars[g.IntN(len(scalars))])
}

// asValue puts what would begin a mapping into quotes.
func asValue(text string) string {
	if strings.Contains(text, ": ") && !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return "'" + text + "'"
	}
	return text
}

// mapping returns the lines of one, without indentation.
func (g *generator) mapping(depth int) []string {
	var lines []string
	for i := range 1 + g.IntN(4) {
		key := fmt.Sprintf("f%d", i)
		switch g.IntN(12) {
		case 0:
			key = fmt.Sprintf("%q", key)
		case 1:
			key = fmt.Sprint(i)
		case 2:
			key = [][]string{{"on", "0x7", "1e3", "Y"}, {"off", "1.50", "-1", "'f'"}, {"0644", "a.b/c", "\"a b\"", "ü"}, {".5", "12:30", "2001-01-01", "+9"}}[i%4][g.IntN(4)]
		}
		if g.oneIn(6) {
			lines = append(lines, "# "+g.pick("a comment", "--- none", "k: v"))
		}
		lines = append(lines, g.field(key, depth)...)
	}
	return lines
}

// field returns the lines of a key with its value.
func (g *generator) field(key string, depth int) []string {
	kind := g.IntN(10)
	if depth <= 0 && kind >= 6 {
		kind = 0
	}
	switch kind {
	case 4:
		return append([]string{key + ": " + g.pick("|", "|-", "|+", ">", ">-", "|2")}, "  first line", "    more", "", "  # no comment", "  --- none")
	case 3:
		if g.oneIn(3) {
			return g.unusual(key)
		}
	case 5:
		quote := g.pick(`"`, "'", "")
		return []string{key + ": " + quote + "one", "  two", "", "  three" + quote}
	case 6, 7:
		return append([]string{key + ":"}, indent("  ", g.mapping(depth-1))...)
	case 8:
		lines := []string{key + ":"}
		for range 1 + g.IntN(3) {
			if g.oneIn(2) {
				lines = append(lines, "- "+g.scalar())
			} else {
				lines = append(lines, item(g.mapping(depth-1))...)
			}
		}
		return lines
	case 9:
		if !g.nested {
			return g.anchored(key, depth)
		}
	}
	comment, text := "", g.scalar()
	if g.oneIn(8) {
		comment = " # " + g.pick("why", "'quote")
	}
	return []string{strings.TrimRight(key+":"+g.pick(" ", " ", "   ")+text, " ") + comment}
}

// unusual returns a field in one of the ways in which few write them.
func (g *generator) unusual(key string) []string {
	choices := [][]string{
		{key + ":", "- - a", "  - b", "-", "  - c", "- - - d"},
		{key + ": [a, # one", "  b,", "  {c: d,", "   e: 'f", "    g'}]"},
		{key + ": {a: 1,", "  \"b\": [x,", "  y]}"},
		{key + ": \"one \\", "  two \\n\\", "  three\""},
		{"? " + key, ": value"},
		{key + ": |2-", "    two more", "  text"},
		{key + ": >+ # folded", "  one", "  two", "", "    kept", "", "  three", "", ""},
		{key + ": |", "", "", "  after blank lines", "   ", "  end"},
		{key + ":", "  # only a comment"},
		{key + ":   ", "  text on", "  lines # and a comment"},
		{key + ":", "-", "- ~", "- {}", "-   a: 1", "    b: 2"},
		{key + ": !!map", "  a: b"},
		{key + ": !!seq [a]"},
	}
	if !g.nested {
		g.anchors++
		a := fmt.Sprintf("s%d", g.anchors)
		choices = append(choices,
			[]string{key + ": &" + a + " 0644", strings.Trim(key, "\"'") + "-x: [*" + a + ", *" + a + "]"},
			[]string{key + ":", "  - &" + a + " {a: 1, b: 2}", "  - &" + a + "2 {b: 3, c: 4}", "  - <<: [*" + a + ", *" + a + "2]", "    c: own", "  - {<<: *" + a + "2, b: 5}"},
			[]string{key + ": &" + a, "  - a", "  - &" + a + "3 b", strings.Trim(key, "\"'") + "-y: *" + a, strings.Trim(key, "\"'") + "-z: *" + a + "3"},
		)
	}
	return choices[g.IntN(len(choices))]
}

// anchored returns a mapping that is used again: as it is, and merged.
func (g *generator) anchored(key string, depth int) []string {
	g.anchors++
	g.nested = true
	anchor := fmt.Sprintf("a%d", g.anchors)
	lines := append([]string{key + ": &" + anchor}, indent("  ", append(g.mapping(depth-1), "last: &l"+anchor+" [1, yes]"))...)
	g.nested = false
	key = strings.Trim(key, `"`)
	lines = append(lines, key+"-again: *"+anchor, key+"-list: [*l"+anchor+", *"+anchor+"]")
	if g.oneIn(2) {
		lines = append(lines, key+"-merged:", "  <<: *"+anchor, "  other: "+g.pick("1", "on"))
	}
	return lines
}

func indent(by string, lines []string) []string {
	indented := make([]string, len(lines))
	for i, line := range lines {
		if line != "" {
			indented[i] = by + line
		}
	}
	return indented
}

// item makes an item of a list of the lines of a mapping.
func item(lines []string) []string {
	indented := indent("  ", lines)
	for i, line := range indented {
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			indented[i] = "- " + line[2:]
			break
		}
	}
	return indented
}
