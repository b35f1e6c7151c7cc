package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/live"
)

// asked is a kind that a cluster is asked for.
type asked struct {
	target *target
	kind   schema.GroupVersionKind
}

// findKinds asks the clusters how they serve the kinds of the objects, and finds
// the definitions that the instance brings.
func (c *check) findKinds(ctx context.Context) error {
	var questions []asked
	known := map[asked]bool{}
	add := func(question asked) {
		if !known[question] {
			known[question] = true
			questions = append(questions, question)
		}
	}
	for _, deletion := range c.Deletions {
		if where := c.targets[deletion.Class]; where != nil {
			add(asked{where, deletion.Reference.GroupVersionKind()})
		}
	}
	for _, o := range c.objects {
		if o.target == nil || o.broken {
			continue
		}
		add(asked{o.target, o.source.GroupVersionKind()})
		if kind, brought, ok := readDefinition(o); ok {
			if o.target.definitions[kind] == nil {
				o.target.definitions[kind] = brought
			}
		}
	}
	answers := make([]*cluster.Kind, len(questions))
	err := live.ForEach(ctx, len(questions), c.Parallelism, func(ctx context.Context, i int) error {
		kind, err := questions[i].target.cluster.Kind(ctx, questions[i].kind)
		var unknown *cluster.UnknownKindError
		if errors.As(err, &unknown) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("asking for the kind %s in %s: %w", questions[i].kind.Kind, questions[i].kind.GroupVersion(), err)
		}
		answers[i] = &kind
		return nil
	})
	if err != nil {
		return err
	}
	for i, answer := range answers {
		if answer != nil {
			questions[i].target.kinds[questions[i].kind] = *answer
		}
	}
	return nil
}

// judgeKinds gives each object its kind and with it its namespace, what will be
// applied, and its place among the others.
func (c *check) judgeKinds(ctx context.Context) error {
	c.judgeRelease()
	for _, o := range c.objects {
		if o.target == nil || o.broken {
			continue
		}
		wanted := o.source.GroupVersionKind()
		o.kind, o.served = o.target.kinds[wanted]
		if !o.served && !c.findDefinition(ctx, o, wanted) {
			continue
		}
		if o.served && !canBeApplied(o.kind) {
			o.fail(diagnostic.Diagnostic{
				Code: diagnostic.KindUnsupported, Field: "kind",
				Message: fmt.Sprintf("%s: objects of the kind %s are not stored, or cannot be applied", o, wanted.Kind),
				Hint:    "remove it from the package",
			})
			continue
		}
		desired, err := Desired(o.source, c.Release, o.kind, c.Instance)
		if err != nil {
			return fmt.Errorf("%s: %w", o, err)
		}
		o.Desired, o.Reference = desired, cluster.ReferenceTo(desired)
		c.judgeScope(o)
		c.place(o)
	}
	return nil
}

// canBeApplied tells whether objects of the kind can be read, applied and deleted.
func canBeApplied(kind cluster.Kind) bool {
	for _, verb := range [...]string{"get", "patch", "delete"} {
		if !slices.Contains(kind.Verbs, verb) {
			return false
		}
	}
	return true
}

// findDefinition looks for the kind of an object among those that the instance
// brings, and adds a finding where it does not come in time.
func (c *check) findDefinition(ctx context.Context, o *object, wanted schema.GroupVersionKind) bool {
	finding := diagnostic.Diagnostic{Code: diagnostic.KindUnknown, Field: "apiVersion", Err: &cluster.UnknownKindError{Kind: wanted}}
	kindName := fmt.Sprintf("%s in %s", wanted.Kind, wanted.GroupVersion())
	brought := o.target.definitions[wanted.GroupKind()]
	switch {
	case o.target.own && c.namespaced():
		finding.Message = fmt.Sprintf("%s: the cluster has no kind %s, and a package in scope Namespaced cannot bring one", o, kindName)
		finding.Hint = c.kindHint(ctx, o.target, wanted)
	case brought == nil:
		finding.Message = fmt.Sprintf("%s: neither the cluster nor the package has the kind %s", o, kindName)
		finding.Hint = c.kindHint(ctx, o.target, wanted)
	case !brought.serves(wanted.Version):
		finding.Message = fmt.Sprintf("%s: %s serves %s, not %s", o, brought.object.source.Name(), strings.Join(brought.versions, ", "), wanted.Version)
		finding.Hint = "use a version that the definition serves"
	case brought.object.Phase >= o.Phase:
		finding.Code = diagnostic.KindOutOfOrder
		finding.Message = fmt.Sprintf("%s is in phase %q, and the definition of its kind, %s, in phase %q: objects of one phase are applied at the same time",
			o, c.phaseName(o), brought.object.source.Name(), c.phaseName(brought.object))
		finding.Hint = "move the CustomResourceDefinition to an earlier phase"
	default:
		o.kind = brought.kind(wanted)
		return true
	}
	o.fail(finding)
	return false
}

// kindHint says what could bring a kind, or which one is meant.
func (c *check) kindHint(ctx context.Context, where *target, wanted schema.GroupVersionKind) string {
	if !where.asked {
		where.asked = true
		where.all, _ = where.cluster.Kinds(ctx) // what cannot be asked gives no hint
	}
	var ofGroup []string
	for _, kind := range where.all {
		if kind.Kind == wanted.Kind {
			return fmt.Sprintf("the cluster has %s in %s", kind.Kind, kind.GroupVersion())
		}
		if kind.Group == wanted.Group {
			ofGroup = append(ofGroup, kind.Kind)
		}
	}
	if nearest, ok := diagnostic.Suggest(wanted.Kind, ofGroup); ok {
		return fmt.Sprintf("did you mean %q?", nearest)
	}
	if !strings.Contains(wanted.Group, ".") || strings.HasSuffix(wanted.Group, ".k8s.io") {
		return "the cluster's version of Kubernetes does not have it, or it is switched off"
	}
	return fmt.Sprintf("first install what brings the CustomResourceDefinition of %s.%s", wanted.Kind, wanted.Group)
}
