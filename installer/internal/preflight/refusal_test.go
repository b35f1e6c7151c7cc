package preflight_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/manifest"
)

func refused(code int32, reason metav1.StatusReason, message string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: message}}
}

// refusing refuses dry runs of the object "settings".
func refusing(err error) []clustertest.Option {
	return []clustertest.Option{clustertest.WithFault(func(_ context.Context, call clustertest.Call) error {
		if call.Verb == clustertest.VerbApply && call.Reference.Name == "settings" {
			return err
		}
		return nil
	})}
}

func forbidden(why string) error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: "configmaps"}, "settings", errors.New(why))
}

const unanswered = `Internal error occurred: failed calling webhook "check.shop.example.com": failed to call webhook: Post "https://hook.shop.svc:443/check?timeout=10s": service "hook" not found`

func TestRefusals(t *testing.T) {
	t.Parallel()
	brings := func(text string) string { return text + "\n---\n" + settings }
	const role = "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: reader}}\n"
	const binding = "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: settings}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}}\n"
	noRole := apierrors.NewNotFound(schema.GroupResource{Group: "rbac.authorization.k8s.io", Resource: "rolebindings"}, "reader")
	noPath := apierrors.NewGenericServerResponse(404, "patch", schema.GroupResource{Resource: "configmaps"}, "settings", "404 page not found", 0, true)
	service := "{apiVersion: v1, kind: Service, metadata: {name: hook, annotations: {package-operator.run/phase: PHASE}}}"
	rules := []rule{
		{name: "webhook", clusterOptions: refusing(refused(403, metav1.StatusReasonForbidden, `admission webhook "check.example.com" denied the request: tag is latest`)), errors: []string{"admission-refused"}, says: []string{"check.example.com", "tag is latest"}},
		{name: "webhook with another code", clusterOptions: refusing(refused(400, "", `admission webhook "check.example.com" denied the request without explanation`)), errors: []string{"admission-refused"}},
		{name: "policy", clusterOptions: refusing(refused(422, metav1.StatusReasonInvalid, `configmaps "settings" is forbidden: ValidatingAdmissionPolicy 'size' with binding 'all' denied request: too large`)), errors: []string{"admission-refused"}, says: []string{"'size'"}},
		{name: "pod security", clusterOptions: refusing(forbidden(`violates PodSecurity "restricted:latest": privileged`)), errors: []string{"admission-refused"}},
		{name: "some plugin", clusterOptions: refusing(forbidden("no")), errors: []string{"admission-refused"}},
		{name: "no dry run", clusterOptions: refusing(refused(400, metav1.StatusReasonBadRequest, `admission webhook "check.example.com" does not support dry run`)), warnings: []string{"dry-run-unsupported"}, actions: []preflight.Action{deferred}},
		{name: "webhook does not answer", clusterOptions: refusing(refused(500, metav1.StatusReasonInternalError, unanswered)), errors: []string{"webhook-unavailable"}, says: []string{"check.shop.example.com", "left over"}},
		{name: "webhook of an earlier phase", clusterOptions: refusing(refused(500, metav1.StatusReasonInternalError, unanswered)), objects: brings(strings.Replace(service, "PHASE", "first", 1)), actions: []preflight.Action{create, deferred}, says: []string{`comes with phase "first"`}},
		{name: "webhook of the same phase", clusterOptions: refusing(refused(500, metav1.StatusReasonInternalError, unanswered)), objects: brings(strings.Replace(service, "PHASE", "deploy", 1)), errors: []string{"webhook-unavailable"}, says: []string{"Service shop/hook", "to an earlier phase"}},
		{name: "quota", clusterOptions: refusing(forbidden("exceeded quota: small, requested: configmaps=1, used: configmaps=3, limited: configmaps=3")), errors: []string{"quota-exceeded"}},
		{name: "quota without numbers", clusterOptions: refusing(forbidden("failed quota: small: must specify limits.cpu")), errors: []string{"quota-exceeded"}},
		{name: "quota that changes", clusterOptions: refusing(forbidden("exceeded quota: small, requested: configmaps=1")), objects: brings("{apiVersion: v1, kind: ResourceQuota, metadata: {name: small}}"), actions: []preflight.Action{create, deferred}},
		{name: "escalation", clusterOptions: refusing(forbidden(`user "alice" (groups=["dev"]) is attempting to grant RBAC permissions not currently held:`)), errors: []string{"permission-escalation"}},
		{name: "not allowed", clusterOptions: refusing(forbidden(`User "alice" cannot patch resource "configmaps" in API group "" in the namespace "shop"`)), errors: []string{"permission-missing"}},
		{name: "service account", clusterOptions: refusing(forbidden(`error looking up service account shop/web: serviceaccount "web" not found`)), errors: []string{"admission-refused"}},
		{name: "service account that comes", clusterOptions: refusing(forbidden(`error looking up service account shop/web: serviceaccount "web" not found`)), objects: brings("{apiVersion: v1, kind: ServiceAccount, metadata: {name: web}}"), actions: []preflight.Action{create, deferred}, says: []string{"ServiceAccount shop/web comes"}},
		{name: "service account of another namespace", clusterOptions: refusing(forbidden(`error looking up service account shop/web: serviceaccount "web" not found`)), objects: brings("{apiVersion: v1, kind: ServiceAccount, metadata: {name: web, namespace: default}}"), errors: []string{"admission-refused"}},
		{name: "priority class that comes", clusterOptions: refusing(forbidden("no PriorityClass with name fast was found")), objects: brings("{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: fast}, value: 1}"), actions: []preflight.Action{create, deferred}},
		{name: "runtime class that comes", clusterOptions: refusing(forbidden(`pod rejected: RuntimeClass "box" not found`)), objects: brings("{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: box}, handler: box}"), actions: []preflight.Action{create, deferred}},
		{name: "role that comes", clusterOptions: refusing(noRole), objects: role + "---\n" + binding, actions: []preflight.Action{create, deferred}, says: []string{"Role.rbac.authorization.k8s.io shop/reader comes with phase"}},
		{name: "role that does not come", clusterOptions: refusing(noRole), objects: binding, errors: []string{"object-refused"}, says: []string{`there is no Role "reader"`}},
		{name: "role that comes later", clusterOptions: refusing(noRole), objects: binding + "---\n" + strings.Replace(role, "reader", "reader, annotations: {package-operator.run/phase: later}", 1), errors: []string{"object-refused"}},
		{name: "cluster role that comes", clusterOptions: refusing(noRole), objects: strings.Replace(role, "Role", "ClusterRole", 1) + "---\n" + strings.Replace(binding, "kind: Role,", "kind: ClusterRole,", 1), actions: []preflight.Action{create, deferred}},
		{name: "path that is not there", clusterOptions: refusing(noPath), errors: []string{"kind-unknown"}},
		{name: "not base64", clusterOptions: refusing(refused(500, "", "failed to convert new object (shop/a; /v1, Kind=Secret) to proper version: unable to convert unstructured object to /v1, Kind=Secret: error decoding from json: illegal base64 data at input byte 3")), errors: []string{"object-refused"}, says: []string{"settings: illegal base64 data at input byte 3"}},
		{name: "namespace that went", clusterOptions: refusing(apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "shop")), errors: []string{"namespace-not-found"}},
		{name: "kind that went", clusterOptions: refusing(&cluster.UnknownKindError{}), errors: []string{"kind-unknown"}},
		{name: "unknown field", clusterOptions: refusing(refused(500, "", "failed to create typed patch object (shop/settings; v1, Kind=ConfigMap): .dada: field not declared in schema")), errors: []string{"object-refused"}, says: []string{"dada: field not declared"}},
		{name: "unknown fields", clusterOptions: refusing(refused(500, "", "failed to create typed patch object (shop/settings; v1, Kind=ConfigMap): errors:\n  .dada: field not declared in schema\n  .x[0]: expected string")), errors: []string{"object-refused"}, says: []string{"dada: field not declared", "x[0]: expected string"}},
		{name: "too large", clusterOptions: refusing(refused(413, metav1.StatusReasonRequestEntityTooLarge, "Request entity too large: limit is 3145728")), errors: []string{"object-refused"}},
	}
	for i := range rules {
		if rules[i].objects == "" {
			rules[i].objects = settings
		}
		if len(rules[i].errors) > 0 && rules[i].actions == nil && rules[i].objects == settings {
			rules[i].actions = []preflight.Action{nothing}
		}
	}
	runRules(t, rules)
}

func TestInvalidObjects(t *testing.T) {
	t.Parallel()
	const job = "{apiVersion: batch/v1, kind: Job, metadata: {name: clean}, spec: {template: {spec: {restartPolicy: Never}}}}"
	runRules(t, []rule{
		{name: "immutable field", prepare: applied(job), objects: strings.Replace(job, "Never", "OnFailure", 1), errors: []string{"field-immutable"}, says: []string{"spec.template", "a hash of its content"}},
		{name: "labels", objects: "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {a b: c}}}", errors: []string{"object-refused"}, says: []string{"metadata.labels"}},
		{name: "name of a service", objects: "{apiVersion: v1, kind: Service, metadata: {name: Web_1}}", errors: []string{"object-refused"}, says: []string{"metadata.name"}},
		{
			name: "webhook", objects: settings, errors: []string{"admission-refused"},
			clusterOptions: []clustertest.Option{clustertest.WithAdmission(func(object *unstructured.Unstructured) error {
				if object.GetName() == "settings" {
					return errors.New("no settings here")
				}
				return nil
			})},
		},
	})
}

// What servers say about Secrets is shown without what these hold, in whatever form and
// wherever a webhook or a validation puts it.
func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	const (
		before = "{apiVersion: v1, kind: Secret, metadata: {name: settings, namespace: shop, labels: {packstage.dev/release: shop, packstage.dev/release-namespace: shop}}, data: {a: b2xkLW9uZQ==}}"
		secret = `{apiVersion: v1, kind: Secret, metadata: {name: settings}, data: {a: aHVudGVyMg==}, stringData: {b: swordfish, c: "first-line\nsecond \"line\"\n"}}`
		quotes = `hunter2 aHVudGVyMg== swordfish c3dvcmRmaXNo b2xkLW9uZQ== old-one "first-line\nsecond \"line\"\n" first-line second "line"`
	)
	causes := func(text string) *metav1.StatusDetails {
		return &metav1.StatusDetails{Causes: []metav1.StatusCause{
			{Type: metav1.CauseTypeFieldValueInvalid, Field: "data[a]\x1b[2J", Message: `Invalid value: "hunter2": ` + text},
			{Type: metav1.CauseTypeFieldValueInvalid, Field: "data", Message: "field is immutable: " + text},
		}}
	}
	for name, status := range map[string]metav1.Status{
		"validation":  {Code: 422, Reason: metav1.StatusReasonInvalid, Message: "invalid: " + quotes, Details: causes(quotes)},
		"some answer": {Code: 422, Message: "invalid: " + quotes},
		"webhook":     {Code: 403, Reason: metav1.StatusReasonForbidden, Message: `admission webhook "check.example.com" denied the request: ` + quotes},
		"quota":       {Code: 403, Reason: metav1.StatusReasonForbidden, Message: "exceeded quota: small, " + quotes},
		"schema":      {Code: 500, Message: "failed to create typed patch object (shop/settings; v1, Kind=Secret): .data.a: " + quotes},
		"conversion":  {Code: 500, Message: "failed to convert new object (shop/settings; v1, Kind=Secret): error decoding from json: " + quotes},
		"trouble":     {Code: 500, Reason: metav1.StatusReasonInternalError, Message: "Internal error occurred: " + quotes},
		"conflict": {Code: 409, Reason: metav1.StatusReasonConflict, Message: quotes, Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{
			{Type: metav1.CauseTypeFieldManagerConflict, Field: ".data.a", Message: `conflict with "editor": ` + quotes},
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status.Status = metav1.StatusFailure
			c := newCluster(t, before, refusing(&apierrors.StatusError{ErrStatus: status})...)
			result, err := preflight.Check(t.Context(), newOptions(c, newInstance(t, manifest.ScopeCluster, secret)))
			var text string
			if name == "trouble" {
				require.True(t, apierrors.IsInternalError(err), "%v", err)
				text = err.Error()
			} else {
				require.NoError(t, err)
				require.True(t, result.Blocked)
				text = result.Diagnostics.Error()
				for _, finding := range result.Diagnostics {
					require.NoError(t, finding.Err)
				}
			}
			for _, held := range []string{"hunter2", "aHVudGVyMg", "swordfish", "c3dvcmRmaXNo", "b2xkLW9uZQ", "old-one", "first-line", `second`, "\x1b"} {
				require.NotContains(t, text, held)
			}
		})
	}
}

// Answers that pass are no findings: whoever asked tries again.
func TestTroubleOfTheServer(t *testing.T) {
	t.Parallel()
	for _, trouble := range []error{
		refused(http.StatusInternalServerError, metav1.StatusReasonInternalError, "etcdserver: leader changed"),
		apierrors.NewTooManyRequests("later", 1), apierrors.NewServiceUnavailable("starting"), apierrors.NewUnauthorized("token expired"),
		apierrors.NewTimeoutError("slow", 1), apierrors.NewServerTimeout(schema.GroupResource{Resource: "configmaps"}, "patch", 1),
	} {
		c := newCluster(t, "", refusing(trouble)...)
		_, err := preflight.Check(t.Context(), newOptions(c, newInstance(t, manifest.ScopeCluster, settings)))
		require.ErrorIs(t, err, trouble)
		require.ErrorContains(t, err, "ConfigMap shop/settings")
	}
}
