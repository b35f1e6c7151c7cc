package preflight

import (
	"context"
	"fmt"

	"github.com/packstage/packstage/diagnostic"
)

// judgeContents judges each object by itself, and the classes of phases.
func (c *check) judgeContents(context.Context) error {
	for _, o := range c.objects {
		content := o.source.Content()
		if problems := checkStructure(content); len(problems) > 0 {
			o.broken = true
			o.failAll(problems)
			continue
		}
		o.failAll(checkAlone(content, c.Reserved))
	}
	unknown := map[string]bool{}
	for p, phase := range c.Instance.Phases {
		if c.targets[phase.Class] != nil || unknown[phase.Name] {
			continue
		}
		unknown[phase.Name] = true
		finding := diagnostic.Diagnostic{
			Code: diagnostic.PhaseClassUnknown, Field: diagnostic.FieldPath("spec", "phases", p, "class"),
			Message: fmt.Sprintf("phase %q has the class %q, and no cluster is given for it", phase.Name, phase.Class),
			Hint:    "give the cluster of that class",
		}
		if len(phase.Objects) > 0 {
			finding.Field, finding.Position = "", phase.Objects[0].Source()
		}
		c.found = append(c.found, finding)
	}
	return nil
}
