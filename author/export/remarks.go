package export

import (
	"fmt"

	"github.com/packstage/packstage/packagetypes"
)

// objectRemarks says what whoever applies the objects has to know of them.
func objectRemarks(instance *packagetypes.Instance) []string {
	return append(secretRemarks(instance), generatedRemarks(instance)...)
}

// generatedRemarks says that objects have no name to apply them by, where there are any.
func generatedRemarks(instance *packagetypes.Instance) []string {
	count := 0
	for _, object := range instance.Objects() {
		if object.Name() == "" {
			count++
		}
	}
	if count == 0 {
		return nil
	}
	return []string{plural(count, "object") + " only with a generateName: those can be created, but not applied, so that kubectl apply, Flux and Argo CD refuse them"}
}

// hookRemarks says that objects say by themselves when Argo CD applies them.
func hookRemarks(instance *packagetypes.Instance) []string {
	count := 0
	for _, object := range instance.Objects() {
		metadata, _ := object.Content()["metadata"].(map[string]any)
		annotations, _ := metadata["annotations"].(map[string]any)
		for _, name := range []string{syncWave, "argocd.argoproj.io/hook", "helm.sh/hook"} {
			if _, there := annotations[name]; there {
				count++
				break
			}
		}
	}
	if count == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s with annotations of their own for hooks or sync waves (%s, argocd.argoproj.io/hook, helm.sh/hook): Argo CD follows these, not the phases", plural(count, "object"), syncWave)}
}

// secretRemarks says that secrets are written out, where there are any.
func secretRemarks(instance *packagetypes.Instance) []string {
	count := 0
	for _, object := range instance.Objects() {
		if kind := object.GroupVersionKind(); kind.Group == "" && kind.Kind == "Secret" && holdsData(object) {
			count++
		}
	}
	if count == 0 {
		return nil
	}
	return []string{fmt.Sprintf("the data of %s stands in the files in plain text: keep them where only those who may know it can read", plural(count, "Secret"))}
}

func holdsData(object packagetypes.Object) bool {
	for _, field := range [...]string{"data", "stringData"} {
		if values, ok := object.Content()[field].(map[string]any); ok && len(values) > 0 {
			return true
		}
	}
	return false
}

// steeringRemarks says what of the phases and objects the receiver does not know.
func steeringRemarks(instance *packagetypes.Instance, receiver string) []string {
	var remarks []string
	for _, phase := range instance.Phases {
		if phase.Class != "" {
			remarks = append(remarks, fmt.Sprintf("phase %q is meant for the class %q; %s applies it where it applies everything else", phase.Name, phase.Class, receiver))
		}
	}
	mapped, protected := 0, 0
	for _, object := range instance.Objects() {
		if len(object.ConditionMappings()) > 0 {
			mapped++
		}
		if protection := object.CollisionProtection(); protection != "" && protection != packagetypes.CollisionProtectionPrevent {
			protected++
		}
	}
	if mapped > 0 {
		remarks = append(remarks, fmt.Sprintf("%s has no place for the condition mappings of %s", receiver, plural(mapped, "object")))
	}
	if protected > 0 {
		remarks = append(remarks, fmt.Sprintf("%s has no place for the collision protection of %s", receiver, plural(protected, "object")))
	}
	return remarks
}

func plural(count int, noun string) string {
	if count == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", count, noun)
}
