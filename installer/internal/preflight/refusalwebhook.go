package preflight

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
)

// webhook finds what webhooks have against an object, and those that do not answer.
func (r *refusal) webhook() bool {
	if name, ok := between(r.text, `admission webhook "`, `" denied the request`); ok {
		r.fail(diagnostic.AdmissionRefused, "", r.text, fmt.Sprintf("meet the rule of the webhook %s, or ask whoever runs it", name))
		return true
	}
	if name, ok := between(r.text, `admission webhook "`, `" does not support dry run`); ok {
		message := fmt.Sprintf("the webhook %s does not take part in dry runs", name)
		r.object.fail(warning(diagnostic.Diagnostic{
			Code: diagnostic.DryRunUnsupported, Message: r.object.String() + " cannot be tried: " + message,
			Hint: "whether it is refused shows when it is applied",
		}))
		r.object.postpone(message)
		return true
	}
	name, ok := between(r.text, `failed calling webhook "`, `"`)
	if !ok {
		return false
	}
	r.unavailable(name)
	return true
}

// unavailable judges a webhook that does not answer: it may be that of the package.
func (r *refusal) unavailable(name string) {
	_, why, _ := strings.Cut(r.text, "failed to call webhook: ")
	message := fmt.Sprintf("the webhook %s does not answer: %s", name, cmp.Or(why, r.text))
	hint := "start what serves the webhook, or delete its configuration if it is left over"
	if backend := r.backend(); backend != nil {
		if backend.Phase < r.object.Phase {
			r.object.postpone(fmt.Sprintf("the webhook %s does not answer; it is served by %s, which comes with phase %q",
				name, backend, r.phaseName(backend)))
			return
		}
		message = fmt.Sprintf("the webhook %s does not answer: it is served by %s in phase %q, which does not come before",
			name, backend, r.phaseName(backend))
		hint = "move what serves the webhook to an earlier phase, or the configuration of the webhook to a later one"
	}
	r.fail(diagnostic.WebhookUnavailable, "", message, hint)
}

// backend returns the Service of the instance that serves the webhook, or nil. The
// server names it as in `Post "https://hook.shop.svc:443/validate"`.
func (r *refusal) backend() *object {
	host, ok := between(r.text, "https://", ".svc")
	if !ok {
		return nil
	}
	name, namespace, _ := strings.Cut(host, ".")
	return r.object.target.brought[cluster.Reference{Kind: "Service", Namespace: namespace, Name: name}]
}
