package plainrender

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// readYAML reads one document as kubectl does: YAML to JSON, JSON to values with
// whole numbers as int64.
func readYAML(text []byte) (any, error) {
	encoded, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	var value any
	err = json.Unmarshal(encoded, &value)
	return value, err
}

// documents cuts a file at its "---" and "..." lines.
func documents(text []byte) []string {
	var all []string
	var open strings.Builder
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\uFEFF")) {
		rest, separates := strings.CutPrefix(line, "---")
		separates = separates && (rest == "" || strings.ContainsRune(" \t\r\n", rune(rest[0])))
		switch {
		case separates:
			all = append(all, open.String())
			open.Reset()
			open.WriteString(line)
		case strings.TrimRight(line, " \t\r\n") == "...":
			all = append(all, open.String())
			open.Reset()
		case strings.HasPrefix(line, "%") && strings.TrimSpace(open.String()) == "":
		default:
			open.WriteString(line)
		}
	}
	return append(all, open.String())
}

// readObjects reads the objects of a file, those of lists included.
func readObjects(text []byte) ([]object, error) {
	var all []object
	for _, document := range documents(text) {
		content, err := readYAML([]byte(document))
		if err != nil {
			return nil, err
		}
		if content == nil {
			continue
		}
		objects, err := expand(content)
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	return all, nil
}

func expand(value any) ([]object, error) {
	content, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("a document is no mapping")
	}
	items, isList := content["items"].([]any)
	if !isList || content["apiVersion"] != "v1" || content["kind"] != "List" {
		o, err := newObject(content)
		return []object{o}, err
	}
	var all []object
	for _, item := range items {
		objects, err := expand(item)
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	return all, nil
}

// newObject takes the annotations out that steer an object.
func newObject(content map[string]any) (object, error) {
	o := object{content: content}
	metadata, ok := content["metadata"].(map[string]any)
	if !ok {
		return o, errors.New("an object has no metadata")
	}
	annotations, _ := metadata["annotations"].(map[string]any)
	take := func(name string) string {
		text, _ := annotations[annotationPrefix+name].(string)
		delete(annotations, annotationPrefix+name)
		return text
	}
	o.phase, o.condition, o.protection = take("phase"), take("condition"), take("collision-protection")
	for line := range strings.Lines(take("condition-map")) {
		if source, destination, ok := strings.Cut(line, "=>"); ok {
			o.mappings = append(o.mappings, map[string]any{
				"sourceType": strings.TrimSpace(source), "destinationType": strings.TrimSpace(destination),
			})
		} else if strings.TrimSpace(line) != "" {
			return o, errors.New("a condition mapping has no =>")
		}
	}
	if annotations != nil && len(annotations) == 0 {
		delete(metadata, "annotations")
	}
	return o, nil
}

// identity tells objects apart; it is "" for one that gets its name later.
func identity(content map[string]any) string {
	name, _ := at(content, "metadata", "name").(string)
	if name == "" {
		return ""
	}
	group, _ := content["apiVersion"].(string)
	if before, _, ok := strings.Cut(group, "/"); ok {
		group = before
	} else {
		group = ""
	}
	return fmt.Sprint(group, " ", content["kind"], " ", at(content, "metadata", "namespace"), " ", name)
}
