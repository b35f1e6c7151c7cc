package preflight

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/live"
)

// objectVerbs are what is done with the objects of a package, and stateVerbs with
// the Secrets and the Lease of a release.
var (
	objectVerbs = [...]string{"get", "list", "create", "patch", "delete"}
	stateVerbs  = [...]string{"get", "list", "create", "update", "delete"}
)

// access is something that may have to be allowed.
type access struct {
	group, resource, namespace string
}

// need is an access with the verbs, and the first object of the instance that it is
// for, or else a reason.
type need struct {
	access
	verbs  []string
	first  *object
	reason string
}

// question is one verb of a need.
type question struct {
	need *need
	verb string
}

// judgePermissions asks each cluster what whoever installs may do there. A cluster
// that does not answer such questions counts as one that allows everything: the dry
// runs tell then.
func (c *check) judgePermissions(ctx context.Context) error {
	for _, where := range c.eachTarget() {
		allowed, known, err := ask(ctx, where, access{"*", "*", ""}, "*")
		if err != nil {
			return err
		}
		if allowed || !known {
			continue
		}
		if err := c.judgeNeeds(ctx, where); err != nil {
			return err
		}
	}
	return nil
}

// eachTarget returns the clusters, that of the instance first.
func (c *check) eachTarget() []*target {
	var targets []*target
	for _, class := range sortedKeys(c.targets) {
		if !slices.Contains(targets, c.targets[class]) {
			targets = append(targets, c.targets[class])
		}
	}
	return targets
}

func (c *check) judgeNeeds(ctx context.Context, where *target) error {
	needs := c.needs(where)
	var questions []question
	for _, need := range needs {
		for _, verb := range need.verbs {
			questions = append(questions, question{need, verb})
		}
	}
	denied := make([]bool, len(questions))
	err := live.ForEach(ctx, len(questions), c.Parallelism, func(ctx context.Context, i int) error {
		allowed, known, err := ask(ctx, where, questions[i].need.access, questions[i].verb)
		denied[i] = known && !allowed
		return err
	})
	if err != nil {
		return err
	}
	missing := map[*need][]string{}
	for i, question := range questions {
		if denied[i] {
			missing[question.need] = append(missing[question.need], question.verb)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	who := whoami(ctx, where)
	out := map[access]bool{}
	for _, need := range needs {
		if verbs := missing[need]; len(verbs) > 0 {
			c.deny(need, verbs, who)
			out[need.access] = true
		}
	}
	for _, o := range c.objects {
		if o.target == where && out[accessTo(o)] {
			o.out = true
		}
	}
	return nil
}

// deny adds the finding for what is not allowed.
func (c *check) deny(need *need, verbs []string, who string) {
	resource := schema.GroupResource{Group: need.group, Resource: need.resource}.String()
	finding := diagnostic.Diagnostic{Code: diagnostic.PermissionMissing}
	place, flag := "in the whole cluster", ""
	if need.namespace != "" {
		place, flag = fmt.Sprintf("in the namespace %q", need.namespace), " -n "+need.namespace
	}
	finding.Message = fmt.Sprintf("%s may not %s %s %s", who, strings.Join(verbs, ", "), resource, place)
	finding.Hint = fmt.Sprintf("kubectl auth can-i %s %s%s", verbs[0], resource, flag)
	if need.first == nil {
		finding.Message += ", " + need.reason
		c.found = append(c.found, finding)
	} else {
		need.first.fail(finding)
	}
}

func accessTo(o *object) access { return access{o.kind.Group, o.kind.Resource, o.Reference.Namespace} }

// needs returns what has to be allowed in a cluster, sorted.
func (c *check) needs(where *target) []*need {
	byAccess := map[access]*need{}
	add := func(of access, first *object, reason string, verbs ...string) {
		if byAccess[of] == nil {
			byAccess[of] = &need{access: of, reason: reason}
		}
		added := byAccess[of]
		if added.first == nil {
			added.first = first
		}
		for _, verb := range verbs {
			if !slices.Contains(added.verbs, verb) {
				added.verbs = append(added.verbs, verb)
			}
		}
	}
	for _, o := range c.each() {
		if o.target == where && o.kind.Resource != "" {
			add(accessTo(o), o, "", objectVerbs[:]...)
		}
	}
	for _, deletion := range c.Deletions {
		kind, ok := where.kinds[deletion.Reference.GroupVersionKind()]
		if ok && c.targets[deletion.Class] == where {
			add(access{kind.Group, kind.Resource, deletion.Reference.Namespace}, nil, "for objects that the release no longer has", "get", "delete")
		}
	}
	if where.own {
		const stateReason = "for the state of the release"
		add(access{"", "secrets", c.Release.Namespace}, nil, stateReason, stateVerbs[:]...)
		add(access{"coordination.k8s.io", "leases", c.Release.Namespace}, nil, stateReason, "get", "create", "update", "delete")
	}
	needs := make([]*need, 0, len(byAccess))
	for _, need := range byAccess {
		needs = append(needs, need)
	}
	slices.SortFunc(needs, func(a, b *need) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.resource, b.resource), cmp.Compare(a.namespace, b.namespace))
	})
	return needs
}

// ask asks whether something is allowed; known is false where the cluster does not
// answer that.
func ask(ctx context.Context, where *target, about access, verb string) (allowed, known bool, err error) {
	attributes := map[string]any{"verb": verb, "group": about.group, "resource": about.resource}
	if about.namespace != "" {
		attributes["namespace"] = about.namespace
	}
	review := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
		"metadata": map[string]any{},
		"spec":     map[string]any{"resourceAttributes": attributes},
	}}
	answer, err := where.cluster.Create(ctx, review, cluster.WriteOptions{})
	if isUnanswered(err) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("asking for permissions: %w", err)
	}
	allowed, _, _ = unstructured.NestedBool(answer.Object, "status", "allowed")
	return allowed, true, nil
}

// isUnanswered tells that the cluster does not answer a kind of question.
func isUnanswered(err error) bool {
	var unknown *cluster.UnknownKindError
	return errors.As(err, &unknown) || apierrors.IsNotFound(err) || apierrors.IsForbidden(err) || apierrors.IsMethodNotSupported(err)
}

// whoami returns who installs, as findings name them.
func whoami(ctx context.Context, where *target) string {
	review := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": map[string]any{},
	}}
	answer, err := where.cluster.Create(ctx, review, cluster.WriteOptions{})
	if err != nil {
		return "whoever installs"
	}
	name, _, _ := unstructured.NestedString(answer.Object, "status", "userInfo", "username")
	if name == "" {
		return "whoever installs"
	}
	return fmt.Sprintf("%q", name)
}
