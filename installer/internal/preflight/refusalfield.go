package preflight

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/fields"
)

// conflict finds fields that other managers own: one finding for each manager.
func (r *refusal) conflict() bool {
	r.object.Conflicts = fields.Conflicts(r.err)
	byManager := map[string][]string{}
	for _, conflict := range r.object.Conflicts {
		byManager[conflict.Manager] = append(byManager[conflict.Manager], conflict.Path)
	}
	for _, manager := range sortedKeys(byManager) {
		paths := byManager[manager]
		r.fail(diagnostic.FieldConflict, strings.TrimPrefix(paths[0], "."),
			fmt.Sprintf("%s belongs to the manager %q, and the package sets it to something else", strings.Join(paths, ", "), manager),
			"leave it out of the package if that manager is right; --force-conflicts takes it over")
	}
	return len(byManager) > 0
}

// invalid finds what validation refuses: one finding for each field.
func (r *refusal) invalid() bool {
	if r.status.Details == nil || r.status.Reason != "Invalid" {
		return false
	}
	if immutable := fields.IsImmutable(r.err); len(immutable) > 0 {
		for _, path := range immutable {
			r.fail(diagnostic.FieldImmutable, strings.TrimPrefix(path, "."), path+" cannot be changed once the object exists",
				"give the object another name, such as one with a hash of its content, or delete the old one by hand")
		}
		return true
	}
	if r.definitionChanges() {
		return true
	}
	for _, cause := range r.status.Details.Causes {
		message, field := r.shown(cause.Message), diagnosticText(cause.Field)
		if field != "" {
			message = field + ": " + message
		}
		r.fail(diagnostic.ObjectRefused, strings.Trim(field, "."), message, "")
	}
	if len(r.status.Details.Causes) == 0 {
		r.fail(diagnostic.ObjectRefused, "", r.text, "")
	}
	return true
}

// unknownField finds fields that the schema of the kind does not have, or has with
// another type: server-side apply says so as if the server had failed.
func (r *refusal) unknownField() bool {
	if strings.Contains(r.text, "failed to convert new object (") {
		_, problem, _ := strings.Cut(r.text, "error decoding from json: ")
		r.fail(diagnostic.ObjectRefused, "", cmp.Or(problem, r.text), "")
		return true
	}
	_, problems, ok := strings.Cut(r.text, "failed to create typed patch object (")
	if !ok {
		return false
	}
	if r.definitionChanges() {
		return true
	}
	_, problems, _ = strings.Cut(problems, "): ")
	problems = strings.TrimPrefix(problems, "errors:")
	found := false
	for problem := range strings.SplitSeq(problems, " .") {
		path, message, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(problem), "."), ": ")
		if ok {
			found = true
			r.fail(diagnostic.ObjectRefused, path, path+": "+message, "")
		}
	}
	if !found {
		r.fail(diagnostic.ObjectRefused, "", r.text, "")
	}
	return true
}

// definitionChanges puts an object off whose definition changes before it is
// applied: what the old one refuses says nothing.
func (r *refusal) definitionChanges() bool {
	brought := r.object.target.definitions[r.object.source.GroupVersionKind().GroupKind()]
	if brought == nil || brought.object.Phase >= r.object.Phase || brought.object.Action == ActionUnchanged {
		return false
	}
	r.object.postpone(fmt.Sprintf("%s changes before, in phase %q", brought.object, r.phaseName(brought.object)))
	return true
}

func isSecret(o *object) bool { return o.Reference.Group == "" && o.Reference.Kind == "Secret" }
