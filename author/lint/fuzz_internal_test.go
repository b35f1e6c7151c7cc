package lint

import (
	"testing"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// Whatever a template is like, looking at it ends.
func FuzzTemplates(f *testing.F) {
	for _, seed := range []string{
		"{{ define \"a\" }}x{{ end }}", "{{- /* packstage:ignore a,b c */ -}}", "{{", "{{\"", "{{ `", "{{'\\", "{{/*", "{{- }}", "a: {{ .config.a }} # {{ x }}\n",
		"a: {b: {{ .x }}, c: on}\n", "# packstage:ignore", "{{end}}{{ if }}", "{{ template \"a\" }}",
	} {
		f.Add(seed, 1, 1)
	}
	f.Fuzz(func(_ *testing.T, source string, line, column int) {
		files, err := packagetypes.NewFiles(map[string][]byte{"a.yaml.gotmpl": []byte(source)}, packagetypes.Limits{})
		if err != nil {
			return
		}
		s := &Subject{Package: &packagetypes.Package{Files: files}, templates: parseTemplates(files)}
		position := diagnostic.Position{File: "a.yaml.gotmpl", Line: line, Column: column}
		s.quoteAt(position)
		s.isLiteral(position)
		findComments("a.yaml.gotmpl", []byte(source))
		for _, file := range s.templates.files {
			file.removeDefine("a")
		}
	})
}
