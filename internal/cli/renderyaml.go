package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/packstage/packstage/internal/objectyaml"
	"github.com/packstage/packstage/packagetypes"
)

// printYAML writes the documents in the order of installation.
func printYAML(w io.Writer, instance *packagetypes.Instance) error {
	for phase, object := range instance.Objects() {
		if _, err := io.WriteString(w, "---\n"); err != nil {
			return err
		}
		if err := printDocument(w, phase, object); err != nil {
			return err
		}
	}
	return nil
}

// printDocument writes one object, led by a comment that says where it belongs
// and where it comes from.
func printDocument(w io.Writer, phase *packagetypes.Phase, object packagetypes.Object) error {
	content, err := objectyaml.Marshal(object.Content())
	if err != nil {
		return fmt.Errorf("print %s as YAML: %w", objectName(object), err)
	}
	source := object.Source()
	place := source.File
	if source.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, source.Line)
	}
	_, err = fmt.Fprintf(w, "# phase: %s, source: %s\n%s", phase.Name, place, content)
	return err
}

// writeObjects writes one file for each object into a folder for each phase.
// Numbers give the order, and keep names apart that become equal.
func writeObjects(folder string, instance *packagetypes.Instance) error {
	for i, phase := range instance.Phases {
		name := fmt.Sprintf("%0*d-%s", digits(len(instance.Phases)), i+1, fileName(phase.Name))
		if err := os.Mkdir(filepath.Join(folder, name), 0o755); err != nil {
			return err
		}
		for j, object := range phase.Objects {
			file := fmt.Sprintf("%0*d-%s-%s.yaml", max(3, digits(len(phase.Objects))), j+1,
				fileName(object.GroupVersionKind().Kind), fileName(object.Name()))
			var text strings.Builder
			if err := printDocument(&text, &phase, object); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(folder, name, file), []byte(text.String()), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// digits returns how many digits the numbers up to n are written with.
func digits(n int) int { return max(2, len(fmt.Sprint(n))) }

// fileName makes a name that every file system takes.
func fileName(name string) string {
	const longest = 100
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		default:
			return '-'
		}
	}, name)
	return strings.Trim(safe[:min(len(safe), longest)], ".")
}

// objectName names an object for people: "Deployment.apps shop/web".
func objectName(object packagetypes.Object) string {
	kind := object.GroupVersionKind().GroupKind().String()
	name := object.Name()
	if name == "" {
		metadata, _ := object.Content()["metadata"].(map[string]any)
		if generated, ok := metadata["generateName"].(string); ok {
			name = generated + "*"
		}
	}
	if namespace := object.Namespace(); namespace != "" {
		name = namespace + "/" + name
	}
	return printable(kind + " " + name)
}
