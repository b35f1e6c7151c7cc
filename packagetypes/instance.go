package packagetypes

import (
	"iter"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// Instance is a rendered package: ordered phases of objects, and what whoever
// installs them has to know. It is read-only and safe for concurrent use.
type Instance struct {
	// Name and Namespace of the instance, as templates saw them; Namespace is
	// empty in cluster scope unless the context named one.
	Name, Namespace string
	// Scope in which the instance lives.
	Scope manifest.Scope
	// PackageName is the name of the package, or of the chosen component.
	PackageName string
	// Phases in the order of installation, without empty ones.
	Phases []Phase
	// AvailabilityProbes of the package, unchanged.
	AvailabilityProbes []manifest.AvailabilityProbe
	// Constraints of the package on the cluster, unchanged: whoever installs judges
	// them. They are not part of the digest.
	Constraints []manifest.Constraint
	// AdmittedConfig is the configuration that the templates saw.
	AdmittedConfig map[string]any
	// Sensitive are the texts by which the sensitive values of the configuration can
	// show in objects and messages: as they are, quoted, and in base64; sorted. They
	// are secret, and not part of the digest.
	Sensitive []string
	// Images by name, as the templates saw them, pinned by digest.
	Images map[string]string
	// ContentDigest is that of the package that was rendered.
	ContentDigest string
	// ImageDigest is that of the image the package was loaded from, or empty.
	ImageDigest string
	// Warnings that came up on the way.
	Warnings diagnostic.Diagnostics
}

// Phase is one step of the installation with its objects in order.
type Phase struct {
	Name string
	// Class names the controller that handles the phase; empty is the installer
	// itself.
	Class   string
	Objects []Object
}

// Objects walks all objects in the order of installation, each with the phase
// that it is in.
func (i *Instance) Objects() iter.Seq2[*Phase, Object] {
	return func(yield func(*Phase, Object) bool) {
		for p := range i.Phases {
			for _, object := range i.Phases[p].Objects {
				if !yield(&i.Phases[p], object) {
					return
				}
			}
		}
	}
}

// Reverse returns the phases in the order of removal: last phase first, and
// inside each phase the last object first. The receiver stays as it is.
func (i *Instance) Reverse() []Phase {
	reversed := make([]Phase, 0, len(i.Phases))
	for _, phase := range slices.Backward(i.Phases) {
		phase.Objects = slices.Clone(phase.Objects)
		slices.Reverse(phase.Objects)
		reversed = append(reversed, phase)
	}
	return reversed
}
