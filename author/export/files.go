package export

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/objectyaml"
	"github.com/packstage/packstage/packagetypes"
)

// Files is what an export makes.
type Files struct {
	// Contents by slash path.
	Contents map[string][]byte
	// Remarks say, in a sentence each, what the receiver has to know: what it cannot
	// express, what is kept in plain text.
	Remarks []string
}

// Folders returns one file for each object, in a folder for each phase:
// "01-crds/001-customresourcedefinition-shops.example.com.yaml". Numbers give the
// order, and keep names apart that become equal. The first line of each file says
// where the object comes from.
func Folders(instance *packagetypes.Instance) (*Files, error) {
	files := &Files{Contents: map[string][]byte{}, Remarks: objectRemarks(instance)}
	for i, phase := range instance.Phases {
		err := files.addPhase(phaseFolder(instance, i), phase, func(object packagetypes.Object) map[string]any { return object.Content() })
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func phaseFolder(instance *packagetypes.Instance, i int) string {
	return fmt.Sprintf("%0*d-%s", digits(len(instance.Phases)), i+1, fileName(instance.Phases[i].Name))
}

func (f *Files) addPhase(folder string, phase packagetypes.Phase, content func(packagetypes.Object) map[string]any) error {
	for i, object := range phase.Objects {
		text, err := objectyaml.Marshal(content(object))
		if err != nil {
			return fmt.Errorf("write %s %q as YAML: %w", object.GroupVersionKind().Kind, object.Name(), err)
		}
		source := object.Source()
		place := source.File
		if source.Line > 0 {
			place = fmt.Sprintf("%s:%d", place, source.Line)
		}
		title := object.Name()
		if title == "" {
			title = "generated"
		}
		name := fmt.Sprintf("%0*d-%s-%s.yaml", max(3, digits(len(phase.Objects))), i+1,
			fileName(object.GroupVersionKind().Kind), fileName(title))
		comment := objectyaml.AppendInComment([]byte("# "), fmt.Sprintf("phase: %s, source: %s", phase.Name, place))
		f.Contents[folder+"/"+name] = slices.Concat(comment, []byte("\n"), text)
	}
	return nil
}

// marshalAll writes objects as the documents of one stream.
func marshalAll(objects ...map[string]any) ([]byte, error) {
	var content []byte
	for i, object := range objects {
		text, err := objectyaml.Marshal(object)
		if err != nil {
			return nil, fmt.Errorf("write %v: %w", object["kind"], err)
		}
		if i > 0 {
			content = append(content, "---\n"...)
		}
		content = append(content, text...)
	}
	return content, nil
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

// resourceName makes the name of a Kubernetes object from parts of others. What does
// not fit is told apart by a hash.
func resourceName(parts ...string) string {
	const longest = 63 // so that it can be the value of a label, too
	whole := strings.Join(parts, "-")
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		default:
			return '-'
		}
	}, whole)
	if len(safe) > longest {
		hash := fmt.Sprintf("%x", sha256.Sum256([]byte(whole)))
		safe = strings.TrimRight(safe[:longest-9], "-") + "-" + hash[:8]
	}
	return strings.Trim(safe, "-")
}
