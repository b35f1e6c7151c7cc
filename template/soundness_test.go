package template_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/template"
)

// templateMaker makes templates over maps that all have the keys a and b (maps of
// the same kind), l (a list of them) and s (a string).
type templateMaker struct {
	*rand.Rand
	variables []string
	next      int
	loops     int
	rich      bool // with functions that change maps
}

func (m *templateMaker) of(texts ...string) string { return texts[m.IntN(len(texts))] }

// node makes an expression for such a map.
func (m *templateMaker) node(depth int) string {
	if depth <= 0 {
		base := ""
		if len(m.variables) > 0 && m.IntN(2) == 0 {
			base = m.of(m.variables...)
		}
		return m.of(base+".a", base+".b", base+".a.b", "."+strings.TrimPrefix(m.of(".", ".a"), "."))
	}
	in := func() string { return m.node(depth - 1) }
	choices := []func() string{
		in, in, in,
		func() string { return "(" + in() + ").a" },
		func() string { return "(index (" + in() + ") \"b\")" },
		func() string { return "(get (" + in() + ") " + m.of(`"a"`, `"b"`, "(print \"a\")") + ")" },
		func() string { return "(" + m.of("first", "last") + " (" + in() + ").l)" },
		func() string { return "(index (" + in() + ").l " + m.of("0", "1") + ")" },
		func() string {
			return "(dict \"a\" (" + in() + ") \"b\" (" + in() + ") \"s\" " + m.scalar(depth-1) + " \"l\" (list (" + in() + ") (" + in() + ")))"
		},
		func() string { return "(" + m.of("default", "coalesce") + " (" + in() + ") (" + in() + "))" },
		func() string { return "(ternary (" + in() + ") (" + in() + ") (not " + m.scalar(depth-1) + "))" },
		func() string { return "(" + m.of("and", "or") + " (" + in() + ") (" + in() + "))" },
		func() string { return "(merge (dict) (" + in() + ") (" + in() + "))" },
		func() string { return "(pick (" + in() + ") \"a\" \"b\" \"s\" \"l\")" },
		func() string { return "(omit (" + in() + ") \"s\")" },
		func() string { return "(deepCopy (" + in() + "))" },
		func() string { return "(dig \"a\" \"b\" (" + in() + ") (" + in() + "))" },
		func() string { return "(first (pluck \"a\" (" + in() + ") (" + in() + ")))" },
		func() string { return "(last (append (" + in() + ").l (" + in() + ")))" },
		func() string { return "(first (concat (" + in() + ").l (" + in() + ").l))" },
		func() string { return "(index (chunk 1 (" + in() + ").l) 0 0)" },
		func() string { return "(first (values (pick (" + in() + ") \"a\")))" },
		func() string { return "(first (reverse (" + in() + ").l))" },
	}
	if m.rich {
		choices = append(choices,
			func() string { return "(set (" + in() + ") \"" + m.of("a", "b") + "\" (" + in() + "))" },
			func() string { return "(" + m.of("merge", "mergeOverwrite") + " (" + in() + ") (" + in() + "))" },
		)
	}
	return choices[m.IntN(len(choices))]()
}

// scalar makes an expression that can be printed, in parentheses.
func (m *templateMaker) scalar(depth int) string {
	node := "(" + m.node(depth-1) + ")"
	switch m.IntN(12) {
	case 0, 1, 2, 3:
		return "(" + node + ".s)"
	case 4:
		return "(" + node + ".s | upper)"
	case 5:
		return "(len " + node + ".l)"
	case 6:
		return "(toJson " + node + ".a.b.l)"
	case 7:
		return "(hasKey " + node + " \"a\")"
	case 8:
		return "(eq " + node + ".s (" + m.node(depth-1) + ").s)"
	case 9:
		return "(keys " + node + " | sortAlpha | join \",\")"
	case 10:
		return "(pluck \"s\" " + node + " (" + m.node(depth-1) + ") | join \",\")"
	default:
		return "(include " + m.of(`"one"`, `"two"`) + " " + node + ")"
	}
}

func (m *templateMaker) statements(depth int) string {
	outer := len(m.variables)
	var text strings.Builder
	for range 1 + m.IntN(3) {
		text.WriteString(m.statement(depth) + "\n")
	}
	m.variables = m.variables[:outer]
	return text.String()
}

func (m *templateMaker) statement(depth int) string {
	if depth <= 0 {
		return "{{ " + m.scalar(1) + " }}"
	}
	switch m.IntN(11) {
	case 0, 1:
		return "{{ " + m.scalar(2) + " }}"
	case 2:
		return "{{ if " + m.scalar(1) + " }}" + m.statements(depth-1) + "{{ else if not (" + m.node(1) + ") }}" + m.statements(depth-1) +
			"{{ else }}" + m.statements(depth-1) + "{{ end }}"
	case 3:
		return "{{ with " + m.node(2) + " }}" + m.statements(depth-1) + "{{ else }}" + m.statements(depth-1) + "{{ end }}"
	case 4:
		m.loops++
		body := m.statements(depth - 1)
		m.loops--
		return "{{ range (" + m.node(1) + ").l }}" + body + "{{ else }}" + m.statements(depth-1) + "{{ end }}"
	case 5:
		m.next++
		name := fmt.Sprintf("$v%d", m.next)
		node := m.node(1)
		m.variables = append(m.variables, name)
		m.loops++
		defer func() {
			m.loops--
			m.variables = slices.DeleteFunc(m.variables, func(v string) bool { return v == name })
		}()
		return "{{ range $i, " + name + " := (" + node + ").l }}{{ $i }}" + m.statements(depth-1) + "{{ end }}"
	case 6:
		text := "{{ $v" + strconv.Itoa(m.next+1) + " := " + m.node(2) + " }}"
		m.next++
		m.variables = append(m.variables, "$v"+strconv.Itoa(m.next))
		return text
	case 7:
		if len(m.variables) > 0 {
			return "{{ " + m.of(m.variables...) + " = " + m.node(2) + " }}"
		}
		return "{{ template \"one\" " + m.node(1) + " }}"
	case 8:
		if m.rich && len(m.variables) > 0 {
			return "{{ $_ := set " + m.of(m.variables...) + " \"" + m.of("a", "b", "s") + "\" (" + m.node(1) + ") }}"
		}
		return "{{ template \"two\" " + m.node(1) + " }}"
	case 9:
		if m.loops > 0 {
			return "{{ if " + m.scalar(1) + " }}{{ " + m.of("break", "continue") + " }}{{ end }}"
		}
		fallthrough
	default:
		return "{{ " + m.scalar(1) + " | quote }}"
	}
}

// sources makes a file and two helpers.
func (m *templateMaker) sources() map[string]string {
	define := func(name, other string) string {
		m.variables = nil
		body := m.statements(1)
		// Without an end, they would include one another for ever.
		body = strings.ReplaceAll(strings.ReplaceAll(body, "\"one\"", "\""+other+"\""), "\"two\"", "\""+other+"\"")
		return "{{ define \"" + name + "\" }}" + body + "{{ end }}"
	}
	helpers := define("one", "three") + define("two", "one") + "{{ define \"three\" }}{{ .s }}{{ .a.s }}{{ end }}"
	m.variables = nil
	return map[string]string{"_h.gotmpl": helpers, "m.gotmpl": "{{ with .config }}" + m.statements(3) + "{{ end }}"}
}

// uniformData is a map as templateMaker wants it.
func uniformData(name string, depth int) map[string]any {
	node := map[string]any{"s": "s" + name}
	if depth == 0 {
		return node
	}
	node["a"], node["b"] = uniformData(name+"a", depth-1), uniformData(name+"b", depth-1)
	node["l"] = []any{uniformData(name+"0", depth-1), uniformData(name+"1", depth-1)}
	if depth == 2 {
		node["l"] = []any{uniformData(name+"0", 1)}
	}
	return node
}

// changed returns data in which the string at a path is another one; it shares
// the rest with data.
func changed(data any, path template.Path) any {
	if len(path) == 0 {
		return ""
	}
	switch container := data.(type) {
	case map[string]any:
		copied := maps.Clone(container)
		copied[path[0]] = changed(container[path[0]], path[1:])
		return copied
	case []any:
		copied := slices.Clone(container)
		i, _ := strconv.Atoi(path[0])
		copied[i] = changed(container[i], path[1:])
		return copied
	}
	return data
}

// leaf returns the path of a string.
func leaf(r *rand.Rand, data map[string]any) template.Path {
	path := template.Path{"config"}
	at := data["config"].(map[string]any)
	for {
		switch key := []string{"a", "b", "l", "l", "s"}[r.IntN(5)]; {
		case key == "s" || at["a"] == nil:
			return append(path, "s")
		case key == "l":
			i := r.IntN(len(at["l"].([]any)))
			path = append(path, "l", strconv.Itoa(i))
			at = at["l"].([]any)[i].(map[string]any)
		default:
			path = append(path, key)
			at = at[key].(map[string]any)
		}
	}
}

// What is not among the references of a set, or not among those that an execution
// reached, has no influence on the output. And counting never changes it.
func TestReferencesAreComplete(t *testing.T) {
	t.Parallel()
	const templates, leaves = 300, 12
	data := map[string]any{"config": uniformData("", 5)}
	executed, entangled, unused, unreached := 0, 0, 0, 0
	for seed := range uint64(templates) {
		r := rand.New(rand.NewPCG(seed, 7))
		sources := (&templateMaker{Rand: r, rich: seed%3 == 0}).sources()
		set, found := template.Compile(asBytes(sources), template.Options{})
		require.Empty(t, found, sources)
		output, err := set.Execute(context.Background(), "m.gotmpl", data, nil)
		if err != nil && seed%8 > 0 {
			continue
		}
		coverage := set.NewCoverage()
		counted, _, coveredErr := set.ExecuteCovered(context.Background(), "m.gotmpl", data, nil, coverage)
		require.Equal(t, err, coveredErr)
		require.Equal(t, output, counted)
		if err != nil {
			continue
		}
		executed++
		checkCounts(t, set, coverage)
		references, reached := set.References(), coverage.Reads()
		if len(references.Unknown) > 0 {
			entangled++ // everything counts as read
		}
		for range leaves {
			path := leaf(r, data)
			uses := func(reference template.Reference) bool { return reference.Uses(path) }
			used, read := references.Uses(path), slices.ContainsFunc(reached, uses)
			if read {
				require.True(t, used)
				continue
			}
			if !used {
				unused++
			}
			unreached++
			other, err := set.Execute(context.Background(), "m.gotmpl", changed(data, path).(map[string]any), nil)
			require.NoError(t, err)
			require.Equal(t, string(output), string(other), "seed %d: %s is read behind its back\n%s\n%s", seed, path, sources["m.gotmpl"], sources["_h.gotmpl"])
		}
	}
	require.Greater(t, executed, templates/3)
	require.Greater(t, unused, templates)
	require.Less(t, entangled, executed/20)
	t.Logf("%d executed, %d entangled; %d leaves unused, %d not reached", executed, entangled, unused, unreached)
}

// checkCounts checks what is true of the counts of every execution that ends
// well.
func checkCounts(t *testing.T, set *template.Set, coverage *template.Coverage) {
	t.Helper()
	counts := coverage.Counts()
	points := set.Points()
	for i, action := range points {
		if action.Kind != template.ActionPoint {
			continue
		}
		for j := i + 1; j < len(points) && points[j].Position == action.Position; j++ {
			branch := points[j]
			if action.Form == "range" {
				if branch.Else {
					require.LessOrEqual(t, counts[j], counts[i])
				}
				continue
			}
			require.Equal(t, template.BranchPoint, branch.Kind)
			require.LessOrEqual(t, counts[j], counts[i])
			if branch.Implicit {
				require.Equal(t, counts[i], counts[j]+counts[j-1])
			}
		}
	}
}
