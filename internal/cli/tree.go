package cli

import (
	"fmt"
	"io"

	"github.com/packstage/packstage/packagetypes"
)

// packageTree is what "tree --output json" prints.
type packageTree struct {
	SchemaVersion int         `json:"schemaVersion"`
	Package       string      `json:"package"`
	Name          string      `json:"name"`
	Namespace     string      `json:"namespace,omitempty"`
	Scope         string      `json:"scope"`
	Phases        []treePhase `json:"phases"`
}

type treePhase struct {
	Name    string       `json:"name"`
	Class   string       `json:"class,omitempty"`
	Objects []treeObject `json:"objects"`
}

type treeObject struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Namespace  string       `json:"namespace,omitempty"`
	Name       string       `json:"name"`
	Source     objectSource `json:"source"`
}

func newPackageTree(instance *packagetypes.Instance) packageTree {
	tree := packageTree{
		SchemaVersion: schemaVersion, Package: instance.PackageName, Name: instance.Name,
		Namespace: instance.Namespace, Scope: string(instance.Scope), Phases: []treePhase{},
	}
	for _, phase := range instance.Phases {
		printed := treePhase{Name: phase.Name, Class: phase.Class, Objects: []treeObject{}}
		for _, object := range phase.Objects {
			version, kind := object.GroupVersionKind().ToAPIVersionAndKind()
			printed.Objects = append(printed.Objects, treeObject{
				APIVersion: version, Kind: kind, Namespace: object.Namespace(), Name: object.Name(),
				Source: newObjectSource(object),
			})
		}
		tree.Phases = append(tree.Phases, printed)
	}
	return tree
}

// printTree draws phases and objects. The names of the sources stand in one
// column for each phase.
func printTree(w io.Writer, instance *packagetypes.Instance) error {
	where := "scope " + string(instance.Scope)
	if instance.Namespace != "" {
		where += ", namespace " + instance.Namespace
	}
	if _, err := fmt.Fprintln(w, printable(fmt.Sprintf("%s (package %s, %s)", instance.Name, instance.PackageName, where))); err != nil {
		return err
	}
	for i, phase := range instance.Phases {
		branch, trunk := "├── ", "│   "
		if i == len(instance.Phases)-1 {
			branch, trunk = "└── ", "    "
		}
		class := ""
		if phase.Class != "" {
			class = " (class " + phase.Class + ")"
		}
		if _, err := fmt.Fprintln(w, branch+printable(phase.Name+class)); err != nil {
			return err
		}
		width := 0
		for _, object := range phase.Objects {
			width = max(width, len(objectName(object)))
		}
		for j, object := range phase.Objects {
			twig := "├── "
			if j == len(phase.Objects)-1 {
				twig = "└── "
			}
			if _, err := fmt.Fprintf(w, "%s%s%-*s  %s\n", trunk, twig, width, objectName(object), printable(object.Source().File)); err != nil {
				return err
			}
		}
	}
	return nil
}
