package packageloader

import (
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/template"
)

// What renders tell their Coverage. All of these do nothing where it is nil.

// named tells the value of a named condition.
func (c *Coverage) named(i int, value bool) {
	if c != nil {
		c.count(conditionPlace{NamedCondition, "", i}, value)
	}
}

// path tells the value of a condition of spec.filter.paths.
func (c *Coverage) path(i int, value bool) {
	if c != nil {
		c.count(conditionPlace{PathCondition, "", i}, value)
	}
}

// annotation tells the value of an object's condition.
func (c *Coverage) annotation(file compiledFile, object readObject, value bool) {
	if c == nil {
		return
	}
	if file.template == "" {
		c.count(conditionPlace{AnnotationCondition, object.name(file.source), 0}, value)
		return
	}
	c.mutex.Lock()
	position, located := c.located[object.name(file.source)]
	c.mutex.Unlock()
	if !located {
		position = object.position
	}
	expression := object.steering.Condition
	if i, ok := c.places[writtenPlace(position)]; ok && c.references.Conditions[i].Expression == expression {
		c.countAt(i, value)
		return
	}
	// What an include wrote has the place of the action that included it: which
	// of several equal texts it was cannot be told.
	if written := c.texts[expression]; len(written) > 0 {
		for _, i := range written {
			c.countAt(i, value)
		}
		return
	}
	position.Document = 0 // it depends on what else was rendered
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.other(otherCondition{position, expression})[outcomeIndex(value)]++
}

func outcomeIndex(value bool) int {
	if value {
		return 1
	}
	return 0
}

func (c *Coverage) count(place conditionPlace, value bool) {
	if i, ok := c.places[place]; ok {
		c.countAt(i, value)
	}
}

func (c *Coverage) countAt(i int, value bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.outcomes[i][outcomeIndex(value)]++
}

// locate finds the conditions of objects in the output of a template, while their
// positions are still those in the output.
func (c *Coverage) locate(source string, output []byte, sources *template.SourceMap, objects []readObject) {
	if c == nil {
		return
	}
	annotations := annotationLocator{source: source, data: output}
	for _, object := range objects {
		if object.steering.Condition == "" {
			continue
		}
		position := traced(sources, annotations.complete(object, diagnostic.Diagnostic{}).Position)
		c.mutex.Lock()
		c.located[object.name(source)] = position
		c.mutex.Unlock()
	}
}

// forgetTemplates forgets what the templates have reached: they are executed
// again.
func (c *Coverage) forgetTemplates() {
	if c != nil {
		c.templates = c.renderer.templates.NewCoverage()
	}
}

// name tells an object of a file from others.
func (o readObject) name(source string) string {
	return fmt.Sprint(source, "\x00", o.position.Document, "\x00", o.path)
}
