package chart

import (
	"context"
	"fmt"
)

// Release is what a chart is rendered with.
type Release struct {
	// Name and Namespace are those of the release.
	Name, Namespace string
	// Values go before those of the chart.
	Values map[string]any
}

// Object is one object of a rendered chart.
type Object struct {
	// Content is the object, with values as from JSON.
	Content map[string]any
	// Template is the file of the chart that it comes from, as the renderer names it.
	Template string

	phase string // of hooks
	nulls int    // that were in it
}

// Renderer renders one chart. The same release gives the same objects in the same order,
// as far as the chart does; calls may run at the same time.
type Renderer interface {
	// Render returns the objects of the release, those of hooks and custom resource
	// definitions included. Where the chart refuses the release, its error is a
	// *RefusedError; every other error ends an import.
	Render(ctx context.Context, release Release) ([]Object, error)
}

// RefusedError says that a chart cannot be rendered with the values that it was given.
type RefusedError struct {
	// Message is what the renderer said.
	Message string
}

func (e *RefusedError) Error() string { return fmt.Sprintf("the chart does not render: %s", e.Message) }
