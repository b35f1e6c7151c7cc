package preflight

import (
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// judgeRelease judges the instance as a whole by its scope.
func (c *check) judgeRelease() {
	switch c.Instance.Scope {
	case manifest.ScopeNamespaced:
		if c.Instance.Namespace == "" || c.Release.Namespace != c.Instance.Namespace {
			c.found = append(c.found, diagnostic.Diagnostic{
				Code:    diagnostic.ScopeViolation,
				Message: fmt.Sprintf("the instance is for the namespace %q, and the release lives in %q", c.Instance.Namespace, c.Release.Namespace),
				Hint:    "render the package for the namespace of the release",
			})
		}
	case manifest.ScopeCluster:
	default:
		c.found = append(c.found, diagnostic.Diagnostic{
			Code: diagnostic.ScopeViolation, Message: fmt.Sprintf("the instance has the scope %q", c.Instance.Scope),
			Hint: "there are Cluster and Namespaced",
		})
	}
}

// judgeScope keeps the objects of a namespaced instance in its namespace. Only the
// namespace that the object will really have counts.
func (c *check) judgeScope(o *object) {
	if c.Instance.Scope == manifest.ScopeCluster || !o.target.own {
		return
	}
	finding := diagnostic.Diagnostic{Code: diagnostic.ScopeViolation}
	switch {
	case !o.kind.Namespaced:
		finding.Field = "kind"
		finding.Message = fmt.Sprintf("%s: objects of the kind %s live in no namespace, and the instance is in scope Namespaced", o, o.kind.Kind)
		finding.Hint = "install the package in scope Cluster, or leave the object out with a condition"
	case o.Reference.Namespace != c.Instance.Namespace || o.Reference.Namespace != c.Release.Namespace:
		finding.Field = "metadata.namespace"
		finding.Message = fmt.Sprintf("%s is outside of the namespace %q of the instance, which is in scope Namespaced", o, c.Instance.Namespace)
		finding.Hint = "leave the namespace out, or install the package in scope Cluster"
	default:
		return
	}
	o.fail(finding)
}

// place puts an object among those that go to the same cluster, and finds those
// that are there twice.
func (c *check) place(o *object) {
	key := o.Reference.WithoutVersion()
	first := o.target.brought[key]
	if first == nil {
		o.target.brought[key] = o
		return
	}
	where := first.source.Source().String()
	if where == "" {
		where = fmt.Sprintf("phase %q", c.phaseName(first))
	}
	o.fail(diagnostic.Diagnostic{
		Code: diagnostic.ObjectDuplicate, Field: "metadata.name",
		Message: fmt.Sprintf("%s is there twice: also in %s", o, where),
		Hint:    "an object without a namespace gets that of the instance",
	})
}
