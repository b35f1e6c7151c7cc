package preflight

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/live"
	"github.com/packstage/packstage/packagetypes"
)

// readLive reads the objects that are there: all of those that the release owns,
// and where there are few of a kind all others, too. The rest shows in dry runs.
func (c *check) readLive(ctx context.Context) error {
	for _, where := range c.eachTarget() {
		var references []cluster.Reference
		for _, o := range c.each() {
			if o.target == where && o.served {
				references = append(references, o.Reference)
			}
		}
		request := live.Request{Cluster: where.cluster, Release: c.Release, Parallelism: c.Parallelism}
		found, err := live.Read(ctx, request, references)
		if apierrors.IsForbidden(err) {
			c.found = append(c.found, diagnostic.Diagnostic{
				Code: diagnostic.PermissionMissing, Message: diagnosticText(err.Error()), Err: err,
				Hint: "whoever installs needs the verbs get, list, create, patch and delete on what the package contains",
			})
			for _, o := range c.each() {
				o.out = o.out || o.target == where
			}
			continue
		}
		if err != nil {
			return err
		}
		for _, o := range c.each() {
			if o.target == where && o.served {
				o.Live = found[o.Reference]
			}
		}
	}
	return nil
}

// judgeLive judges the objects that are there, and puts off those whose kind is not
// there yet.
func (c *check) judgeLive(context.Context) error {
	for _, o := range c.each() {
		switch {
		case !o.served:
			brought := o.target.definitions[o.source.GroupVersionKind().GroupKind()].object
			o.postpone(fmt.Sprintf("the kind %s comes with phase %q", o.Reference.Kind, c.phaseName(brought)))
		case o.Live != nil:
			c.judgeOwner(o)
			if !o.out && o.Action == ActionUpdate && c.Unchanged != nil && c.Unchanged(o.Reference, o.Live) {
				o.Action, o.out = ActionUnchanged, true
			}
		}
	}
	return nil
}

// judgeOwner judges an object that is there by whom it belongs to.
func (c *check) judgeOwner(o *object) {
	owner := cluster.Owner(o.Live)
	if owner == c.Release {
		o.Action = ActionUpdate
		if o.Live.GetDeletionTimestamp() != nil {
			o.fail(warning(terminatingObject(o)))
			o.postpone("it is being deleted, and is made again once it is gone")
		}
		return
	}
	if owner.Name != "" && owner.Namespace != "" {
		o.fail(diagnostic.Diagnostic{
			Code: diagnostic.CollisionRelease, Field: "metadata.name",
			Message: fmt.Sprintf("%s exists and belongs to the release %s", o, diagnosticText(owner.String())),
			Hint: fmt.Sprintf("rename one of the two; where that release is no more, take the labels %s and %s off the object",
				cluster.LabelRelease, cluster.LabelReleaseNamespace),
		})
		return
	}
	if o.Live.GetDeletionTimestamp() != nil {
		o.fail(terminatingObject(o))
		return
	}
	c.judgeForeign(o)
}

// judgeForeign judges an object of no release: whether it may be taken over.
func (c *check) judgeForeign(o *object) {
	protection := o.source.CollisionProtection()
	finding := diagnostic.Diagnostic{Code: diagnostic.CollisionForeign, Field: "metadata.name"}
	operator, controller := packageOperator(o.Live), controllerOf(o.Live)
	switch {
	case operator != "" && !c.Adopt:
		finding.Code = diagnostic.CollisionPackageOperator
		finding.Message = fmt.Sprintf("%s exists and belongs to Package Operator, by %s", o, diagnosticText(operator))
		finding.Hint = "have Package Operator let go of it, then take it over with --adopt"
	case operator != "":
		c.adopt(o, "Package Operator")
		return
	case controller != "" && protection != packagetypes.CollisionProtectionNone:
		finding.Message = fmt.Sprintf("%s exists and is controlled by %s", o, diagnosticText(controller))
		finding.Hint = "rename one of the two; only the collision protection None takes over what a controller owns"
	case controller == "" && !c.Adopt && protection != packagetypes.CollisionProtectionIfNoController && protection != packagetypes.CollisionProtectionNone:
		finding.Message = fmt.Sprintf("%s exists and is not of this release: %s", o, seemsToBe(o.Live))
		finding.Hint = "delete or rename one of the two, or take it over with --adopt"
	default:
		c.adopt(o, controller)
		return
	}
	o.fail(finding)
}

// adopt says that an object will be taken over. Those who manage it are worth
// a warning: they may take it back.
func (c *check) adopt(o *object, manager string) {
	o.Action = ActionAdopt
	finding := diagnostic.Diagnostic{
		Code: diagnostic.ObjectAdopted, Severity: diagnostic.Info, Field: "metadata.name",
		Message: fmt.Sprintf("%s exists and is taken over: %s", o, seemsToBe(o.Live)),
	}
	if manager == "" {
		manager = toolOf(o.Live)
	}
	if manager != "" {
		finding.Severity = diagnostic.Warning
		finding.Message = fmt.Sprintf("%s exists and is taken over from %s, which may take it back", o, diagnosticText(manager))
	}
	o.fail(finding)
}

func terminatingObject(o *object) diagnostic.Diagnostic {
	finding := diagnostic.Diagnostic{
		Code: diagnostic.ObjectTerminating, Field: "metadata.name",
		Message: fmt.Sprintf("%s exists and is being deleted", o), Hint: "wait until it is gone",
	}
	if finalizers := o.Live.GetFinalizers(); len(finalizers) > 0 {
		finding.Message += ": " + diagnosticText(strings.Join(finalizers, ", ")) + " holds it up"
	}
	return finding
}
