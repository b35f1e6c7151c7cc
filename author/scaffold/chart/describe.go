package chart

import (
	"fmt"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
)

// describe says what became of the things that only Helm understands.
func (i *importer) describe(objects []Object) {
	c := i.cleaner
	decide := func(object Object, topic scaffold.Topic, field, message, reason string) {
		c.decisions = append(c.decisions, scaffold.Decision{
			Topic: topic, Object: scaffold.Title(object.Content), Origin: object.Template, Field: field, Message: message, Reason: reason,
		})
	}
	labels := 0
	for _, object := range objects {
		annotations := annotationsOf(object.Content)
		moment, weight := hookOf(object.Content)
		hook, _ := annotations[hookAnnotation].(string)
		phase := c.phase(moment, weight)
		switch {
		case moment == neverRuns && strings.Contains(hook, "test"):
			decide(object, scaffold.TopicLeftOut, "", "left out", "it is a test of the chart; packages are tested by packstage test")
			continue
		case moment == neverRuns:
			decide(object, scaffold.TopicLeftOut, "", "left out", fmt.Sprintf("a package has no moment for the hook %s", hook))
			continue
		case moment != "" && object.Content["kind"] == "Job":
			decide(object, scaffold.TopicAttention, "", fmt.Sprintf("the hook %s is a Job of the phase %s", hook, phase),
				"the next phase waits for it; it runs again only where its name changes, since jobs cannot be changed")
		case moment != "":
			decide(object, scaffold.TopicPhase, "", fmt.Sprintf("the hook %s is an object of the phase %s", hook, phase), "it stays, where Helm may remove it")
		}
		if policy, ok := annotations[resourceAnnotation]; ok {
			decide(object, scaffold.TopicAttention, "metadata.annotations", fmt.Sprintf("%s: %v is taken away", resourceAnnotation, policy),
				"only Helm knows it: what a package has is removed with it")
		}
		metadata, _ := object.Content["metadata"].(map[string]any)
		if carried, ok := metadata["labels"].(map[string]any); ok && (carried[chartLabel] != nil || carried[managedLabel] == "Helm") {
			labels++
		}
	}
	if labels > 0 && !c.keepLabels {
		message := fmt.Sprintf("%s, and %s: Helm, taken away, in objects (%d) and their pods", chartLabel, managedLabel, labels)
		reason := "they are Helm's, and the first would change with each version"
		if c.selected[chartLabel] || c.selected[managedLabel] {
			reason += "; what selectors ask for stays"
		}
		c.decisions = append(c.decisions, scaffold.Decision{Topic: scaffold.TopicRemoved, Field: "metadata.labels", Message: message, Reason: reason})
	}
	for _, place := range c.random {
		name, _ := place.name.(string)
		c.decisions = append(c.decisions, scaffold.Decision{
			Topic: scaffold.TopicAttention, Object: fmt.Sprintf("%v %s", place.kind, name), Origin: place.template, Field: diagnostic.FieldPath(place.path...),
			Message: "it has the value of this one render", Reason: "the chart makes up a new one each time: give a value of your own, or every instance has the same",
		})
	}
	for _, template := range i.chart.Lookups {
		c.decisions = append(c.decisions, scaffold.Decision{
			Topic: scaffold.TopicAttention, Origin: template, Message: "lookup found nothing",
			Reason: "the template asks the cluster, and there is none when a chart is imported",
		})
	}
}
