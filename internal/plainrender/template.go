package plainrender

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"
)

// execute parses all templates and executes one.
func (p *plain) execute(file string) ([]byte, error) {
	set := template.New("").Option("missingkey=error")
	set.Funcs(sprig.TxtFuncMap()).Funcs(p.functions(set))
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		if strings.HasSuffix(name, ".gotmpl") {
			if _, err := set.New(name).Parse(string(p.files[name])); err != nil {
				return nil, err
			}
		}
	}
	var output bytes.Buffer
	if err := set.ExecuteTemplate(&output, file, p.data()); err != nil {
		return nil, err
	}
	if strings.Contains(output.String(), "<no value>") {
		return nil, fmt.Errorf("%s: prints a value that is not there", file)
	}
	return output.Bytes(), nil
}

// functions are those of the format, and those of sprig that it has otherwise.
func (p *plain) functions(set *template.Template) template.FuncMap {
	functions := template.FuncMap{
		"include": func(name string, data any) (string, error) {
			var output strings.Builder
			err := set.ExecuteTemplate(&output, name, data)
			return output.String(), err
		},
		"toYAML": func(value any) (string, error) {
			text, err := yaml.Marshal(value)
			return strings.TrimSuffix(string(text), "\n"), err
		},
		"fromYAML": func(text string) (any, error) { return readYAML([]byte(text)) },
		"getFile": func(name string) (string, error) {
			content, ok := p.files[name]
			if !ok {
				return "", errors.New("no such file")
			}
			return string(content), nil
		},
		"getFileGlob": func(pattern string) map[string]string {
			found := map[string]string{}
			for name, content := range p.files {
				if matches(pattern, name) {
					found[name] = string(content)
				}
			}
			return found
		},
		"b64decMap": func(values map[string]any) (map[string]any, error) {
			decoded := map[string]any{}
			for key, value := range values {
				encoded, ok := value.(string)
				if !ok {
					continue
				}
				text, err := base64.StdEncoding.DecodeString(encoded)
				if err != nil {
					return nil, err
				}
				decoded[key] = string(text)
			}
			return decoded, nil
		},
		"cel": p.evaluate,
		"keys": func(of ...map[string]any) []string {
			keys := []string{}
			for _, fields := range of {
				keys = append(keys, slices.Sorted(maps.Keys(fields))...)
			}
			return keys
		},
		"values": func(of map[string]any) []any {
			values := []any{}
			for _, key := range slices.Sorted(maps.Keys(of)) {
				values = append(values, of[key])
			}
			return values
		},
	}
	for name, merge := range sprig.TxtFuncMap() {
		if merge, ok := merge.(func(map[string]any, ...map[string]any) any); ok && strings.HasPrefix(name, "merge") {
			functions[name] = func(target map[string]any, sources ...map[string]any) any {
				copies := make([]map[string]any, len(sources))
				for i, source := range sources {
					copies[i] = deepCopy(source).(map[string]any)
				}
				return merge(target, copies...)
			}
		}
	}
	return functions
}

// matches compares a path with a pattern in which ** is any text, * any text
// without a slash, [a-z] and [!a-z] are classes, and {a,b} either.
func matches(pattern, name string) bool {
	expression := regexp.QuoteMeta(pattern)
	for _, pair := range [][2]string{
		{`\*\*`, ".\x00"}, {`\*`, "[^/]\x00"}, {"\x00", "*"}, {`\?`, "[^/]"}, {`\[!`, "[^"}, {`\[`, "["}, {`\]`, "]"}, {`\{`, "(?:"}, {`\}`, ")"}, {",", "|"},
	} {
		expression = strings.ReplaceAll(expression, pair[0], pair[1])
	}
	return regexp.MustCompile("^(?:" + expression + ")$").MatchString(name)
}
