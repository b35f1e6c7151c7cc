package preflight

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
)

// refusal is what a server has against an object.
type refusal struct {
	*check
	object *object
	err    error
	status metav1.Status
	// text is the message of the server, fit to be shown.
	text string
}

// judgeRefusal makes a finding of what a server has against an object, or puts the
// object off where the reason is something that the instance brings. The error is for
// trouble of the server itself.
func (c *check) judgeRefusal(o *object, err error) error {
	r := refusal{check: c, object: o, err: err}
	var unknown *cluster.UnknownKindError
	if errors.As(err, &unknown) {
		r.fail(diagnostic.KindUnknown, "apiVersion", err.Error(), "the kind has just gone; try again")
		return nil
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		r.status = status.Status()
	}
	r.text = r.shown(r.status.Message)
	for _, judge := range []func() bool{
		r.conflict, r.webhook, r.policy, r.namespace, r.quota, r.missing, r.permission, r.invalid, r.unknownField,
	} {
		if judge() {
			return nil
		}
	}
	if r.status.Code >= http.StatusInternalServerError {
		if isSecret(o) {
			err = &shownError{r.text, err}
		}
		return fmt.Errorf("trying %s: %w", o, err)
	}
	r.fail(diagnostic.ObjectRefused, "", r.text, "")
	return nil
}

// fail adds a finding about the object.
func (r *refusal) fail(code diagnostic.Code, field, message, hint string) {
	finding := diagnostic.Diagnostic{Code: code, Field: field, Message: r.object.String() + ": " + message, Hint: hint}
	if !isSecret(r.object) {
		finding.Err = r.err
	}
	r.object.fail(finding)
}

// policy finds what an admission policy, or a plugin with policies, refuses.
func (r *refusal) policy() bool {
	for _, words := range [...]string{"denied request: ", "violates PodSecurity "} {
		if strings.Contains(r.text, words) {
			r.fail(diagnostic.AdmissionRefused, "", r.text, "meet the policy, or ask whoever runs the cluster")
			return true
		}
	}
	return false
}

// namespace finds objects whose namespace is not there, or is going.
func (r *refusal) namespace() bool {
	in := namespaceIn{r.object.target, r.object.Reference.Namespace}
	finding := terminatingFinding(in.name)
	switch {
	case r.hasCause("NamespaceTerminating"):
	case apierrors.IsNotFound(r.err) && r.detail("namespaces") == in.name && in.name != "":
		if why, ok := r.namespaceComes(r.object); ok {
			r.object.postpone(why)
			return true
		}
		finding = r.missingFinding(in)
	default:
		return false
	}
	r.fail(finding.Code, "metadata.namespace", finding.Message, finding.Hint)
	return true
}

// quota finds objects for which a quota leaves no room.
func (r *refusal) quota() bool {
	name, ok := between(r.text, "exceeded quota: ", ",")
	if !ok && !strings.Contains(r.text, "failed quota: ") {
		return false
	}
	if ok && r.comes("", "ResourceQuota", r.object.Reference.Namespace, name) {
		return true
	}
	r.fail(diagnostic.QuotaExceeded, "", r.text, "raise the quota, or ask for less")
	return true
}

// missing puts an object off that needs another one which the instance brings.
func (r *refusal) missing() bool {
	if name, ok := between(r.text, "error looking up service account ", ":"); ok {
		accountNamespace, account, _ := strings.Cut(name, "/")
		return r.comes("", "ServiceAccount", accountNamespace, account)
	}
	if name, ok := between(r.text, "no PriorityClass with name ", " was found"); ok {
		return r.comes("scheduling.k8s.io", "PriorityClass", "", name)
	}
	if name, ok := between(r.text, `RuntimeClass "`, `" not found`); ok {
		return r.comes("node.k8s.io", "RuntimeClass", "", name)
	}
	if !apierrors.IsNotFound(r.err) {
		return false
	}
	if r.hasCause(metav1.CauseTypeUnexpectedServerResponse) { // the path is not there
		r.fail(diagnostic.KindUnknown, "apiVersion", "the cluster does not serve the kind any more", "try again")
		return true
	}
	return r.missingRole()
}

// missingRole judges a binding to a role that is not there, of which the server says
// that the binding is not there by the name of the role.
func (r *refusal) missingRole() bool {
	role, _, _ := unstructured.NestedStringMap(r.object.source.Content(), "roleRef")
	if role["name"] == "" || r.status.Details == nil || r.status.Details.Name != role["name"] {
		return false
	}
	namespace := ""
	if role["kind"] == "Role" {
		namespace = r.object.Reference.Namespace
	}
	if !r.comes(role["apiGroup"], role["kind"], namespace, role["name"]) {
		r.fail(diagnostic.ObjectRefused, "roleRef.name", fmt.Sprintf("there is no %s %q", role["kind"], role["name"]), "add it to an earlier phase")
	}
	return true
}

// comes puts the object off where the instance brings another one in time.
func (r *refusal) comes(group, kind, namespace, name string) bool {
	brought := r.object.target.brought[cluster.Reference{Group: group, Kind: kind, Namespace: namespace, Name: name}]
	if brought == nil || brought.Phase > r.object.Phase {
		return false
	}
	r.object.postpone(fmt.Sprintf("%s comes with phase %q", brought, r.phaseName(brought)))
	return true
}

// permission finds what whoever installs may not do.
func (r *refusal) permission() bool {
	if !apierrors.IsForbidden(r.err) {
		return false
	}
	switch {
	case strings.Contains(r.text, "attempting to grant RBAC permissions"):
		r.fail(diagnostic.PermissionEscalation, "", r.text, "install as somebody who has these rights, or may escalate and bind roles")
	case strings.Contains(r.text, "cannot patch resource") || strings.Contains(r.text, "cannot create resource"):
		r.fail(diagnostic.PermissionMissing, "", r.text, "give whoever installs the verbs get, list, create, patch and delete")
	default:
		r.fail(diagnostic.AdmissionRefused, "", r.text, "a plugin of the API server refuses it; meet its rule, or ask whoever runs the cluster")
	}
	return true
}

// detail returns the name in an answer that is about something of a resource.
func (r *refusal) detail(resource string) string {
	if r.status.Details == nil || r.status.Details.Kind != resource {
		return ""
	}
	return r.status.Details.Name
}

func (r *refusal) hasCause(kind metav1.CauseType) bool {
	return r.status.Details != nil && slices.ContainsFunc(r.status.Details.Causes, func(cause metav1.StatusCause) bool { return cause.Type == kind })
}

// between returns what stands in a text between two others.
func between(text, before, after string) (string, bool) {
	_, rest, ok := strings.Cut(text, before)
	if !ok {
		return "", false
	}
	return firstOf(strings.Cut(rest, after))
}

func firstOf(before, _ string, found bool) (string, bool) { return before, found }
