package chart

import (
	"fmt"
	"maps"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/manifest"
)

// input is that of the package, without objects.
func (i *importer) input(parameters []*parameter, objects []*object) scaffold.Input {
	input := scaffold.Input{
		Name: i.options.Name, Namespace: i.options.Namespace, Annotations: i.annotations(),
		Config: properties(parameters), Cases: cases(parameters, objects),
	}
	input.Decisions = append(append(input.Decisions, i.cleaner.decisions...), i.decisions...)
	if version := i.chart.KubeVersion; version != "" {
		if _, err := semver.NewConstraint(version); err == nil {
			input.Constraints = []manifest.Constraint{{PlatformVersion: &manifest.PlatformVersion{Name: manifest.PlatformKubernetes, Range: version}}}
		}
	}
	used := usedParameters(objects)
	for _, p := range parameters {
		if p.property == nil {
			if !used[p] {
				continue
			}
			input.Decisions = append(input.Decisions, scaffold.Decision{
				Topic: scaffold.TopicConfig, Message: fmt.Sprintf("%s is {{ %s }}", p.name, p.expression), Reason: factReason(p, i.chart),
			})
			continue
		}
		reason := "its value was given"
		if p.asked {
			reason = "it was asked for"
		}
		if p.adopted {
			reason += "; where it is empty, the chart has " + brief(p.property.Default)
		}
		if p.sensitive {
			reason += "; it is sensitive, since a Secret holds it"
		}
		input.Decisions = append(input.Decisions, scaffold.Decision{
			Topic: scaffold.TopicConfig, Field: "config." + strings.Join(p.path, "."),
			Message: "property with default " + brief(p.property.Default), Reason: reason,
		})
	}
	return input
}

func factReason(p *parameter, chart *Chart) string {
	base, _ := p.base.(string)
	switch {
	case p.expression == nameExpression && strings.Contains(base, chart.Name):
		return fmt.Sprintf("proven for names with %s in them; most charts add that to others", chart.Name)
	case p.expression == nameExpression:
		return fmt.Sprintf("proven for names without %s in them; most charts add that to these only", chart.Name)
	}
	return "the chart renders to the same with another one"
}

// markSensitive marks the properties whose values are in Secrets: findings mask them.
func markSensitive(objects []*object) {
	for _, o := range objects {
		if o.tree.at("kind").identity() != "Secret" {
			continue
		}
		for _, field := range []string{"data", "stringData"} {
			held := o.tree.at(field)
			if held == nil {
				continue
			}
			for p := range usedParameters([]*object{{tree: held}}) {
				if p.property != nil {
					p.sensitive = true
					p.property.Schema = maps.Clone(p.property.Schema)
					p.property.Schema["x-packstage-sensitive"] = true
				}
			}
		}
	}
}

func properties(parameters []*parameter) []scaffold.Property {
	var result []scaffold.Property
	for _, p := range parameters {
		if p.property != nil {
			result = append(result, *p.property)
		}
	}
	return result
}

// cases are tests for each boolean that turns whole objects on and off.
func cases(parameters []*parameter, objects []*object) []scaffold.InputCase {
	var result []scaffold.InputCase
	for _, p := range parameters {
		turned, isBool := p.base.(bool)
		if !isBool || len(result) == 16 {
			continue
		}
		turns := false
		for _, o := range objects {
			turns = turns || mentions(o.when, p)
		}
		if turns {
			name := "with-" + strings.Join(p.path, "-")
			if turned {
				name = "without-" + strings.Join(p.path, "-")
			}
			result = append(result, scaffold.InputCase{Name: scaffold.PackageName(name), Config: withValue(nil, p.path, !turned)})
		}
	}
	return result
}

// annotations of the manifest.
func (i *importer) annotations() map[string]string {
	annotations := map[string]string{}
	set := func(key, value string) {
		if value != "" {
			annotations["org.opencontainers.image."+key] = value
		}
	}
	set("version", i.chart.Version)
	set("description", i.chart.Description)
	set("url", i.chart.Home)
	if len(i.chart.Sources) > 0 {
		set("source", i.chart.Sources[0])
	}
	return annotations
}
