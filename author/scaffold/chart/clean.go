package chart

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
)

// Annotations and labels of Helm.
const (
	hookAnnotation     = "helm.sh/hook"
	weightAnnotation   = "helm.sh/hook-weight"
	policyAnnotation   = "helm.sh/hook-delete-policy"
	outputAnnotation   = "helm.sh/hook-output-log-policy"
	resourceAnnotation = "helm.sh/resource-policy"
	chartLabel         = "helm.sh/chart"
	managedLabel       = "app.kubernetes.io/managed-by"
)

// A cleaner takes out of rendered objects what only Helm understands.
type cleaner struct {
	keepLabels bool
	// selected are labels that selectors of the chart ask for: they stay.
	selected map[string]bool
	// moments are the phases of hooks, by weight.
	weights map[string][]int
	// random are the places where two renders of the same release differ.
	random []randomPlace

	decisions []scaffold.Decision
}

// newCleaner looks at a first render.
func newCleaner(objects []Object, keepLabels bool) *cleaner {
	c := &cleaner{keepLabels: keepLabels, selected: map[string]bool{}, weights: map[string][]int{}}
	for _, object := range objects {
		c.noteSelectors(object.Content)
		moment, weight := hookOf(object.Content)
		if kind := object.Content["kind"]; (kind == "Job" || kind == "Pod") && !slices.Contains(c.weights[moment], weight) {
			c.weights[moment] = append(c.weights[moment], weight)
		}
	}
	for _, weights := range c.weights {
		slices.Sort(weights)
	}
	return c
}

// noteSelectors notes the labels in selectors, wherever these are.
func (c *cleaner) noteSelectors(value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			if labels, ok := below.(map[string]any); ok && (key == "selector" || key == "matchLabels" || key == "podSelector" || key == "namespaceSelector") {
				for label, value := range labels {
					if _, isText := value.(string); isText {
						c.selected[label] = true
					}
				}
			}
			c.noteSelectors(below)
		}
	case []any:
		for _, item := range value {
			c.noteSelectors(item)
		}
	}
}

// Moments of hooks that a package has.
const (
	beforeInstall = "pre-install"
	afterInstall  = "post-install"
	neverRuns     = "never"
)

// hookOf says when an object is made: never for hooks of tests, removal and rollback.
func hookOf(content map[string]any) (moment string, weight int) {
	annotations := annotationsOf(content)
	hooks, ok := annotations[hookAnnotation].(string)
	if !ok {
		return "", 0
	}
	text, _ := printed(annotations[weightAnnotation])
	weight, _ = strconv.Atoi(text)
	moment = neverRuns
	for hook := range strings.SplitSeq(hooks, ",") {
		switch strings.TrimSpace(hook) {
		case "pre-install", "pre-upgrade":
			return beforeInstall, weight
		case "post-install", "post-upgrade":
			moment = afterInstall
		case "crd-install":
			return "", 0
		}
	}
	return moment, weight
}

func annotationsOf(content map[string]any) map[string]any {
	metadata, _ := content["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	return annotations
}

// phase is the one of a hook: those with several weights have one for each, since a phase
// waits for its jobs, and the objects in it do not wait for one another.
func (c *cleaner) phase(moment string, weight int) string {
	if moment == "" {
		return ""
	}
	weights := c.weights[moment]
	i, _ := slices.BinarySearch(weights, weight)
	if i = min(i, len(weights)-1); i <= 0 {
		return moment
	}
	return fmt.Sprintf("%s-%d", moment, i+1)
}

// clean returns what is compared of rendered objects, in the order of their phases:
// definitions of kinds, hooks before the installation, everything else, hooks after it.
func (c *cleaner) clean(objects []Object) []Object {
	var result []Object
	for _, object := range objects {
		if len(object.Content) == 0 {
			continue
		}
		moment, weight := hookOf(object.Content)
		if moment == neverRuns {
			continue
		}
		content, _ := withoutNulls(object.Content).(map[string]any)
		c.cleanMetadata(content, true)
		object.nulls = countNulls(object.Content)
		object.Content, object.phase = content, c.phase(moment, weight)
		result = append(result, object)
	}
	slices.SortStableFunc(result, func(a, b Object) int { return rank(a.phase, a.Content["kind"]) - rank(b.phase, b.Content["kind"]) })
	for _, place := range c.random {
		place.apply(result)
	}
	return result
}

// rank orders objects as a package installs them.
func rank(phase string, kind any) int {
	_, number, _ := strings.Cut(strings.TrimPrefix(phase, "p"), "install-")
	step, _ := strconv.Atoi(number)
	switch {
	case strings.HasPrefix(phase, beforeInstall):
		return 1_000_000 + step
	case strings.HasPrefix(phase, afterInstall):
		return 3_000_000 + step
	case kind == "CustomResourceDefinition" || kind == "Namespace":
		return 0
	}
	return 2_000_000
}

func (o *object) rank() int { return rank(o.phase, o.tree.at("kind").identity()) }

// cleanMetadata takes labels and annotations of Helm away; those of pods, too.
func (c *cleaner) cleanMetadata(value any, top bool) {
	switch value := value.(type) {
	case map[string]any:
		if metadata, ok := value["metadata"].(map[string]any); ok {
			c.cleanLabels(metadata)
			if annotations, ok := metadata["annotations"].(map[string]any); ok && top {
				for _, key := range []string{hookAnnotation, weightAnnotation, policyAnnotation, outputAnnotation, resourceAnnotation} {
					delete(annotations, key)
				}
			}
			for _, field := range []string{"labels", "annotations"} {
				if entries, ok := metadata[field].(map[string]any); ok && len(entries) == 0 {
					delete(metadata, field)
				}
			}
		}
		for _, below := range value {
			c.cleanMetadata(below, false)
		}
	case []any:
		for _, item := range value {
			c.cleanMetadata(item, false)
		}
	}
}

func (c *cleaner) cleanLabels(metadata map[string]any) {
	labels, ok := metadata["labels"].(map[string]any)
	if !ok || c.keepLabels {
		return
	}
	if !c.selected[chartLabel] {
		delete(labels, chartLabel)
	}
	if labels[managedLabel] == "Helm" && !c.selected[managedLabel] {
		delete(labels, managedLabel)
	}
}

func countNulls(value any) int {
	count := 0
	switch value := value.(type) {
	case nil:
		return 1
	case map[string]any:
		for _, below := range value {
			count += countNulls(below)
		}
	case []any:
		for _, item := range value {
			count += countNulls(item)
		}
	}
	return count
}

func nullsIn(objects []Object) int {
	count := 0
	for _, object := range objects {
		count += object.nulls
	}
	return count
}

// withoutNulls copies a value without entries that are null: they say nothing.
func withoutNulls(value any) any {
	switch value := value.(type) {
	case map[string]any:
		result := make(map[string]any, len(value))
		for key, below := range value {
			if below != nil {
				result[key] = withoutNulls(below)
			}
		}
		return result
	case []any:
		result := make([]any, len(value))
		for i, item := range value {
			result[i] = withoutNulls(item)
		}
		return result
	}
	return value
}
