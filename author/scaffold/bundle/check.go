package bundle

import (
	"fmt"
	"slices"

	"github.com/packstage/packstage/diagnostic"
)

func (c *converter) finding(message, hint string) diagnostic.Diagnostic {
	return diagnostic.Diagnostic{
		Code: diagnostic.ImportUnsupported, Position: diagnostic.Position{File: c.csvFile}, Message: message, Hint: hint,
	}
}

func (c *converter) check() diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	if strategy := text(c.csv, "spec", "install", "strategy"); strategy != "deployment" {
		found = append(found, c.finding(fmt.Sprintf("the install strategy is %q", strategy), "deployment is the only one there is"))
	}
	if owned := list(c.csv, "spec", "apiservicedefinitions", "owned"); len(owned) > 0 {
		found = append(found, c.finding("the operator serves APIs of its own (apiservicedefinitions.owned)",
			"OLM makes and renews their certificates; write the APIService and its certificate by hand"))
	}
	defined := map[string]bool{}
	for _, crd := range c.crds {
		defined[text(crd.Content, "metadata", "name")] = true
	}
	for _, owned := range list(c.csv, "spec", "customresourcedefinitions", "owned") {
		if name := text(owned, "name"); !defined[name] {
			found = append(found, c.finding(fmt.Sprintf("the operator owns %s, and the bundle does not have it", name), "add its CustomResourceDefinition to the manifests"))
		}
	}
	for _, crd := range c.crds {
		if field(crd.Content, "spec", "preserveUnknownFields") == true && c.converts(text(crd.Content, "metadata", "name")) {
			found = append(found, c.finding(text(crd.Content, "metadata", "name")+" preserves unknown fields and has a conversion webhook",
				"API servers do not convert such resources"))
		}
	}
	deployed := map[string]bool{}
	for _, deployment := range c.deploymentSpecs() {
		deployed[text(deployment, "name")] = true
	}
	c.webhooked = map[string]bool{}
	for _, webhook := range c.webhookDefinitions() {
		name := text(webhook, "deploymentName")
		if !deployed[name] {
			found = append(found, c.finding(fmt.Sprintf("the webhook %s is answered by the deployment %q, which there is not", text(webhook, "generateName"), name), ""))
		}
		c.webhooked[name] = true
		for _, crd := range texts(webhook["conversionCRDs"]) {
			if !defined[crd] {
				found = append(found, c.finding(fmt.Sprintf("the webhook %s converts %s, which the bundle does not have", text(webhook, "generateName"), crd), ""))
			}
		}
	}
	return found
}

// converts reports whether a webhook converts a kind.
func (c *converter) converts(crd string) bool {
	return slices.ContainsFunc(c.webhookDefinitions(), func(webhook map[string]any) bool {
		return text(webhook, "type") == "ConversionWebhook" && slices.Contains(texts(webhook["conversionCRDs"]), crd)
	})
}
