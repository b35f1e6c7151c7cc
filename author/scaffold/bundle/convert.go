package bundle

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// Options say how a bundle is converted. The zero value takes what the bundle suggests.
type Options struct {
	// Namespace of the operator; empty is the one that the bundle suggests, else that of
	// its package with "-system".
	Namespace string
	// Watch is which namespaces the operator watches.
	Watch Watch
	// Certificates says who makes the certificates of webhooks.
	Certificates Certificates
	// Limits bound the YAML; zero fields are defaults.
	Limits packagetypes.Limits
}

// Watch is which namespaces an operator watches: the install modes of OLM.
type Watch string

// Ways of watching.
const (
	// WatchAuto is WatchChosen where the bundle supports all namespaces as well as some,
	// else WatchAll, WatchOwn or WatchChosen, the first that it supports.
	WatchAuto Watch = ""
	// WatchAll watches all namespaces.
	WatchAll Watch = "all"
	// WatchOwn watches the namespace of the operator.
	WatchOwn Watch = "own"
	// WatchChosen has a property of the configuration, watchNamespaces; empty is all.
	WatchChosen Watch = "chosen"
)

// Certificates says who makes the certificates of webhooks.
type Certificates string

// Makers of certificates.
const (
	// CertificatesCertManager adds a self-signed Issuer and a Certificate of cert-manager.
	CertificatesCertManager Certificates = ""
	// CertificatesOpenShift has the service certificates of OpenShift.
	CertificatesOpenShift Certificates = "openshift"
)

// Convert reads a bundle from the files of its folder or image and returns what a package
// is made of.
//
// The error is a diagnostic.Diagnostics: files that do not read as YAML, and code
// ImportUnsupported for what is no bundle, or has what no package can have, such as
// API services of its own.
func Convert(files *packagetypes.Files, options Options) (*scaffold.Input, error) {
	bundle, found := read(files, options.Limits)
	if len(found) > 0 {
		return nil, found.Sorted()
	}
	c := &converter{content: bundle, options: options, input: &scaffold.Input{Decisions: bundle.removed}}
	if found := c.check(); len(found) > 0 {
		return nil, found.Sorted()
	}
	c.describe()
	c.chooseWatch()
	c.namespaceObject()
	c.definitions()
	c.serviceAccounts()
	c.permissions()
	c.certificates()
	c.services()
	c.deployments()
	c.webhooks()
	c.otherObjects()
	c.notices()
	return c.input, nil
}

type converter struct {
	*content
	options   Options
	input     *scaffold.Input
	namespace string
	watch     Watch
	// webhooked are deployments with webhooks, by name.
	webhooked map[string]bool
}

func (c *converter) deploymentSpecs() []map[string]any {
	return list(c.csv, "spec", "install", "spec", "deployments")
}

func (c *converter) webhookDefinitions() []map[string]any {
	return list(c.csv, "spec", "webhookdefinitions")
}

// texts returns the texts of a list.
func texts(value any) []string {
	items, _ := value.([]any)
	var found []string
	for _, item := range items {
		if item, ok := item.(string); ok {
			found = append(found, item)
		}
	}
	return found
}

func (c *converter) decide(topic scaffold.Topic, object, message, reason string) {
	c.input.Decisions = append(c.input.Decisions, scaffold.Decision{
		Topic: topic, Object: object, Origin: c.csvFile, Message: message, Reason: reason,
	})
}

// add takes an object that OLM would have made.
func (c *converter) add(fields map[string]any, substitutions ...scaffold.Substitution) {
	c.input.Objects = append(c.input.Objects, scaffold.InputObject{Content: fields, Origin: c.csvFile, Substitutions: substitutions})
}

// operator is the name of the operator without its version.
func (c *converter) operator() string {
	name, _ := c.annotations[packageKey].(string)
	if name == "" {
		name, _, _ = strings.Cut(text(c.csv, "metadata", "name"), ".")
	}
	return cmp.Or(scaffold.PackageName(name), "operator")
}

// describe fills what is about the package as a whole.
func (c *converter) describe() {
	c.input.Name = c.operator()
	annotations := map[string]string{}
	put := func(key, value string) {
		if value != "" {
			annotations["org.opencontainers.image."+key] = value
		}
	}
	csvAnnotations := mapping(c.csv, "metadata", "annotations")
	put("version", text(c.csv, "spec", "version"))
	put("description", cmp.Or(text(csvAnnotations, "description"), text(c.csv, "spec", "displayName")))
	put("vendor", text(c.csv, "spec", "provider", "name"))
	put("source", text(csvAnnotations, "repository"))
	for _, link := range list(c.csv, "spec", "links") {
		if annotations["org.opencontainers.image.documentation"] == "" {
			put("documentation", text(link, "url"))
		}
	}
	if len(annotations) > 0 {
		c.input.Annotations = annotations
	}
	c.namespace = cmp.Or(c.options.Namespace, text(csvAnnotations, "operatorframework.io/suggested-namespace"), c.operator()+"-system")
	c.input.Namespace, c.input.NamespaceProperty = c.namespace, true
	c.input.Scopes = []manifest.Scope{manifest.ScopeCluster}
	c.input.Constraints = append(c.input.Constraints, manifest.Constraint{UniqueInScope: &manifest.UniqueInScope{}})
	if version := text(c.csv, "spec", "minKubeVersion"); version != "" {
		c.input.Constraints = append(c.input.Constraints, manifest.Constraint{
			PlatformVersion: &manifest.PlatformVersion{Name: manifest.PlatformKubernetes, Range: ">=" + strings.TrimPrefix(version, "v")},
		})
	}
	for _, image := range list(c.csv, "spec", "relatedImages") {
		if name, reference := text(image, "name"), text(image, "image"); name != "" && reference != "" {
			c.input.Images = append(c.input.Images, manifest.Image{Name: scaffold.ImageName(name), Image: reference})
		}
	}
}

// namespaceObject makes the namespace, which OLM wants to be there.
func (c *converter) namespaceObject() {
	c.decide(scaffold.TopicObject, "Namespace "+c.namespace, "added", "OLM wants the namespace to be there; the package makes it")
	fields := map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": c.namespace}}
	c.add(fields)
}

// otherObjects takes the objects beside the ClusterServiceVersion, in the operator's
// namespace as OLM does.
func (c *converter) otherObjects() {
	for _, object := range c.others {
		if was := text(object.Content, "metadata", "namespace"); was != "" && was != c.namespace {
			metadata := maps.Clone(mapping(object.Content, "metadata"))
			metadata["namespace"] = c.namespace
			object.Content["metadata"] = metadata
			c.decide(scaffold.TopicScope, scaffold.Title(object.Content), "goes into the namespace of the operator, not into "+was, "OLM does so, too")
		}
		c.input.Objects = append(c.input.Objects, object)
	}
}

// notices says what of the bundle has no place in the package.
func (c *converter) notices() {
	for _, required := range list(c.csv, "spec", "customresourcedefinitions", "required") {
		c.decide(scaffold.TopicAttention, "", "needs "+text(required, "name")+", which someone else must install", "OLM would look for an operator that has it")
	}
	for _, entry := range c.dependencies {
		kind := text(entry, "type")
		value := mapping(entry, "value")
		name := cmp.Or(text(value, "packageName"), strings.Trim(text(value, "group")+"/"+text(value, "kind"), "/"))
		c.decide(scaffold.TopicAttention, "", fmt.Sprintf("depends on %s (%s)", name, kind), "name the package that has it in spec.dependencies, or install it before")
	}
	var dropped []string
	for _, key := range []string{"replaces", "skips", "maturity", "icon", "cleanup", "relatedImages", "nativeAPIs"} {
		if field(c.csv, "spec", key) != nil && key != "relatedImages" {
			dropped = append(dropped, key)
		}
	}
	if len(dropped) > 0 {
		slices.Sort(dropped)
		c.decide(scaffold.TopicRemoved, "ClusterServiceVersion "+text(c.csv, "metadata", "name"), strings.Join(dropped, ", "), "they speak to OLM and its catalogues")
	}
	if version := c.annotations["com.redhat.openshift.versions"]; version != nil {
		c.decide(scaffold.TopicAttention, "", fmt.Sprintf("is for OpenShift %v", version), "say so in spec.constraints if it does not run elsewhere")
	}
	if examples := text(c.csv, "metadata", "annotations", "alm-examples"); examples != "" {
		c.decide(scaffold.TopicRemoved, "", "alm-examples", "they are examples of custom resources, for people")
	}
}
