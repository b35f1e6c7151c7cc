package packageset

import (
	"fmt"
	"strings"
)

// objectsPerFile is how many objects a service has; all are in one file.
const objectsPerFile = 3

// service is one part of an application.
type service struct {
	name string
	// group is the number of the folder that the file is in.
	group int
	// condition of the third object, or empty.
	condition string
}

func (s service) path() string { return fmt.Sprintf("group-%02d/%s.yaml", s.group, s.name) }

// template returns a template for the service; the kind chooses what it is made
// of.
func (s service) template(kind int) string {
	head := fmt.Sprintf("{{- $service := dict \"name\" %q \"component\" %q \"root\" . -}}\n", s.name, component(kind))
	switch kind % 5 {
	case 0, 1, 2:
		return head + s.fill(deploymentTemplate, configMapTemplate, serviceTemplate)
	case 3:
		return head + s.fill(serviceAccountTemplate, roleTemplate, roleBindingTemplate)
	default:
		return head + s.fill(statefulSetTemplate, serviceTemplate, disruptionBudgetTemplate)
	}
}

// static returns the service without template actions.
func (s service) static(kind int) string {
	switch kind % 5 {
	case 0, 1, 2:
		return s.fill(staticDeployment, staticConfigMap, staticService)
	case 3:
		return s.fill(staticServiceAccount, staticRole, staticRoleBinding)
	default:
		return s.fill(staticDeployment, staticService, staticDisruptionBudget)
	}
}

func component(kind int) string { return []string{"api", "worker", "web", "access", "store"}[kind%5] }

// fill puts name and condition into the documents and joins them to a stream.
func (s service) fill(documents ...string) string {
	var filled []string
	for i, document := range documents {
		condition := ""
		if s.condition != "" && i == objectsPerFile-1 {
			condition = "\n    package-operator.run/condition: " + quoted(s.condition)
		}
		filled = append(filled, strings.NewReplacer("SERVICE", s.name, "CONDITION", condition).Replace(document))
	}
	return strings.Join(filled, "---\n")
}

// quoted returns the text as a YAML scalar in single quotes.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
