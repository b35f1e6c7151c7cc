package template

import (
	"strings"
	"testing"
	"text/template/parse"
)

// FuzzScanActions: in every source that parses, the scanner sees the same blocks
// as the parser, so that it bounds how deep the parser recurses.
func FuzzScanActions(f *testing.F) {
	for _, seed := range []string{
		"", "a{{ b }}c", "{{- x -}}", "{{/* {{ end }} */}}{{ if 1 }}{{ end }}", "{{ \"}}\" }}{{ `}}\n` }}{{ '}' }}", "{{if 1}}{{else if 2}}{{else}}{{end}}",
		"{{with 1}}{{else with 2}}{{end}}", "{{range 3}}{{- break -}}{{end}}", "{{define `x`}}{{((1))}}{{end}}{{template `x` (print 1)}}", "{{block `b` .}}{{end}}",
		"{{-/* c */-}}", "{{- /* c */ -}}", "{{\n\tif\n1\n}}{{\tend\t}}", "{{.if}}{{$if := 1}}{{1 -}}", "{{-1}}{{- -1 -}}", "{{ 1}}}}{{ {{", "{{ (print \"\\\"}}\") }}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		blocks, deepest := 0, 0
		scanActions(source, func(a action) bool {
			switch a.word {
			case "if", "with", "range", "block", "define":
				blocks++
			case "else":
				if a.second == "if" || a.second == "with" {
					blocks++
				}
			}
			deepest = max(deepest, a.parens)
			return true
		})
		if _, deep := nesting(source); deep {
			return
		}
		trees, err := parseTrees("source", source)
		if err != nil {
			return
		}
		parsed := -1 // the file's own body
		for range trees {
			parsed++
		}
		for _, tree := range trees {
			walkNodes(tree.Root, func(node parse.Node) {
				switch node.Type() {
				case parse.NodeIf, parse.NodeWith, parse.NodeRange:
					parsed++
				}
			})
		}
		// An empty body gives way to another of its name.
		if parsed > blocks || parsed < blocks && !strings.Contains(source, "define") && !strings.Contains(source, "block") {
			t.Fatalf("the scanner saw %d blocks, the parser %d", blocks, parsed)
		}
	})
}
