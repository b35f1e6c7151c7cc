package manifests

import (
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
)

// clean leaves out what others make, and takes away what servers wrote.
func (c *converter) clean() {
	owned := c.owners()
	for i := range c.live {
		o := &c.live[i]
		if reason := o.leftOut(owned); reason != "" {
			c.decide(o, scaffold.TopicLeftOut, scaffold.LeftOut, reason)
			continue
		}
		live := o.isLive()
		bound := !o.choosesVolume()
		o.cleanMetadata(live)
		o.cleanStatus()
		if live {
			o.cleanLive(bound)
		}
		if len(o.removed) > 0 {
			o.Source = nil
			c.decide(o, scaffold.TopicRemoved, strings.Join(o.removed, ", "), "servers and controllers wrote it")
		}
		c.notice(o, live)
		c.input.Objects = append(c.input.Objects, o.InputObject)
	}
}

// Clean takes away from an object what API servers write into every object, and what
// tools leave behind of that: status, uid, creationTimestamp and the like. It changes
// the object and returns the fields that are gone.
func Clean(content map[string]any) (removed []string) {
	o := &liveObject{}
	o.Content = content
	o.cleanMetadata(o.isLive())
	o.cleanStatus()
	return o.removed
}

func (c *converter) decide(o *liveObject, topic scaffold.Topic, message, reason string) {
	c.input.Decisions = append(c.input.Decisions, scaffold.Decision{
		Topic: topic, Object: scaffold.Title(o.Content), Origin: o.Origin, Message: message, Reason: reason,
	})
}

func (c *converter) notice(o *liveObject, live bool) {
	if o.kind() == "Secret" && o.group() == "" && (o.has("data") || o.has("stringData")) {
		c.decide(o, scaffold.TopicAttention, "its values are in the package, readable for everyone who can pull it",
			"a package is no place for secrets: make it a configuration property of format password, or let something else make it")
	}
	if !live && o.has("metadata", "ownerReferences") {
		c.decide(o, scaffold.TopicAttention, "it has owner references", "they name an object of one cluster by its uid")
	}
}

// owners returns the names of all objects, for saying whether an owner is among them.
func (c *converter) owners() map[string]bool {
	names := map[string]bool{}
	for _, o := range c.live {
		names[o.kind()+" "+o.text("metadata", "namespace")+"/"+o.text("metadata", "name")] = true
	}
	return names
}

// isLive tells whether an object comes from a cluster: whether it has anything that only
// an API server can know. Some tools take a part of that away.
func (o *liveObject) isLive() bool {
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "selfLink"} {
		if o.text("metadata", field) != "" {
			return true
		}
	}
	owners, _ := o.value("metadata", "ownerReferences")
	list, _ := owners.([]any)
	for _, owner := range list {
		if fields, _ := owner.(map[string]any); fields["uid"] != nil {
			return true
		}
	}
	return o.has("metadata", "managedFields")
}

func (o *liveObject) kind() string { return o.text("kind") }

func (o *liveObject) group() string {
	group, _, found := strings.Cut(o.text("apiVersion"), "/")
	if !found {
		return ""
	}
	return group
}

func (o *liveObject) value(path ...string) (any, bool) {
	var value any = o.Content
	for _, key := range path {
		mapping, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		if value, ok = mapping[key]; !ok {
			return nil, false
		}
	}
	return value, true
}

func (o *liveObject) has(path ...string) bool {
	_, ok := o.value(path...)
	return ok
}

func (o *liveObject) text(path ...string) string {
	value, _ := o.value(path...)
	text, _ := value.(string)
	return text
}

func (o *liveObject) mapping(path ...string) map[string]any {
	value, _ := o.value(path...)
	mapping, _ := value.(map[string]any)
	return mapping
}

// remove takes a field away, and the mapping that it was in where nothing is left of it
// and the mapping is one of labels or annotations.
func (o *liveObject) remove(path ...string) {
	parent := o.mapping(path[:len(path)-1]...)
	key := path[len(path)-1]
	if _, ok := parent[key]; !ok {
		return
	}
	delete(parent, key)
	steps := make([]any, len(path))
	for i, step := range path {
		steps[i] = step
	}
	o.removed = append(o.removed, diagnostic.FieldPath(steps...))
	if len(parent) == 0 && len(path) > 2 {
		if above := path[len(path)-2]; above == "annotations" || above == "labels" {
			delete(o.mapping(path[:len(path)-2]...), above)
		}
	}
}

// leftOut returns why an object is not for a package, or "".
func (o *liveObject) leftOut(present map[string]bool) string {
	switch o.group() + "/" + o.kind() {
	case "/Event", "events.k8s.io/Event", "/Node", "/ComponentStatus", "apps/ControllerRevision",
		"metrics.k8s.io/NodeMetrics", "metrics.k8s.io/PodMetrics", "certificates.k8s.io/CertificateSigningRequest",
		"storage.k8s.io/CSINode", "storage.k8s.io/VolumeAttachment", "resource.k8s.io/ResourceSlice":
		return "clusters make it themselves"
	}
	if o.text("metadata", "deletionTimestamp") != "" {
		return "it is being deleted"
	}
	if reason := o.madeByCluster(); reason != "" {
		return reason
	}
	if !o.isLive() {
		return ""
	}
	return o.ownedBy(present)
}

// madeByCluster recognises objects that every namespace has.
func (o *liveObject) madeByCluster() string {
	name := o.text("metadata", "name")
	switch o.kind() {
	case "ConfigMap":
		if slices.Contains([]string{"kube-root-ca.crt", "openshift-service-ca.crt"}, name) {
			return "every namespace has one"
		}
	case "ServiceAccount":
		if o.isLive() && slices.Contains([]string{"default", "builder", "deployer", "pipeline"}, name) {
			return "clusters make it in every namespace"
		}
	case "Secret":
		switch kind := o.text("type"); {
		case kind == "kubernetes.io/service-account-token" && o.isLive():
			return "the token belongs to a service account of one cluster"
		case kind == "helm.sh/release.v1":
			return "it is Helm's record of a release"
		case kind == "bootstrap.kubernetes.io/token":
			return "it belongs to one cluster"
		case o.isLive() && o.mapping("metadata", "annotations")["kubernetes.io/service-account.name"] != nil:
			return "it belongs to a service account of one cluster"
		}
	case "Endpoints":
		if o.isLive() {
			return "the cluster makes it of a Service"
		}
	case "EndpointSlice":
		if by := o.mapping("metadata", "labels")["endpointslice.kubernetes.io/managed-by"]; by != nil {
			return "the cluster makes it of a Service"
		}
	case "Lease":
		if o.isLive() {
			return "it belongs to a process that runs"
		}
	case "Service":
		if name == "kubernetes" && o.isLive() && o.text("metadata", "namespace") == "default" {
			return "it is that of the API server"
		}
	}
	return ""
}

// ownedBy leaves out what a controller made of another object.
func (o *liveObject) ownedBy(present map[string]bool) string {
	references, _ := o.value("metadata", "ownerReferences")
	list, _ := references.([]any)
	for _, entry := range list {
		owner, _ := entry.(map[string]any)
		if owner["controller"] != true {
			continue
		}
		kind, _ := owner["kind"].(string)
		name, _ := owner["name"].(string)
		reason := fmt.Sprintf("%s %s makes it", kind, name)
		if !present[kind+" "+o.text("metadata", "namespace")+"/"+name] && !present[kind+" /"+name] {
			reason += ", which is not among the objects"
		}
		return reason
	}
	return ""
}
