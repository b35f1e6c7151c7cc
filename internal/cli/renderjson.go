package cli

import (
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// renderedPackage is what "render --output json" prints.
type renderedPackage struct {
	SchemaVersion int `json:"schemaVersion"`
	// Phases in the order of installation, without empty ones.
	Phases             []renderedPhase              `json:"phases"`
	AvailabilityProbes []manifest.AvailabilityProbe `json:"availabilityProbes"`
	// AdmittedConfig is the configuration as the templates saw it; nothing in it
	// is masked.
	AdmittedConfig map[string]any `json:"admittedConfig"`
	// ContentDigest is that of the package's files.
	ContentDigest string `json:"contentDigest"`
	// ImageDigest is that of the image the package came from, if it did.
	ImageDigest string `json:"imageDigest,omitempty"`
	// Digest is that of what was rendered.
	Digest string `json:"digest"`
}

type renderedPhase struct {
	Name    string           `json:"name"`
	Class   string           `json:"class,omitempty"`
	Objects []renderedObject `json:"objects"`
}

type renderedObject struct {
	Object              map[string]any                   `json:"object"`
	ConditionMappings   []packagetypes.ConditionMapping  `json:"conditionMappings,omitempty"`
	CollisionProtection packagetypes.CollisionProtection `json:"collisionProtection,omitempty"`
	Source              objectSource                     `json:"source"`
}

// objectSource is where an object comes from: the file, the line in which it
// begins there, and the number of its document in the rendered file.
type objectSource struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Document int    `json:"document"`
}

func newObjectSource(object packagetypes.Object) objectSource {
	position := object.Source()
	return objectSource{File: position.File, Line: position.Line, Document: position.Document}
}

func newRenderedPackage(instance *packagetypes.Instance) renderedPackage {
	rendered := renderedPackage{
		SchemaVersion:      schemaVersion,
		Phases:             []renderedPhase{},
		AvailabilityProbes: append([]manifest.AvailabilityProbe{}, instance.AvailabilityProbes...),
		AdmittedConfig:     instance.AdmittedConfig,
		ContentDigest:      instance.ContentDigest,
		ImageDigest:        instance.ImageDigest,
		Digest:             instance.Digest(),
	}
	for _, phase := range instance.Phases {
		printed := renderedPhase{Name: phase.Name, Class: phase.Class, Objects: []renderedObject{}}
		for _, object := range phase.Objects {
			printed.Objects = append(printed.Objects, renderedObject{
				Object:              object.Content(),
				ConditionMappings:   object.ConditionMappings(),
				CollisionProtection: object.CollisionProtection(),
				Source:              newObjectSource(object),
			})
		}
		rendered.Phases = append(rendered.Phases, printed)
	}
	return rendered
}
