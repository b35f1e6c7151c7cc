package history

import (
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// Content is what a revision holds.
type Content struct {
	// Instance that was to be installed. An instance that was read has everything of
	// the one that was stored but its warnings.
	Instance *packagetypes.Instance
	// Leftovers are objects that may still be in the cluster from earlier revisions,
	// and are not among those of Instance.
	Leftovers []Leftover
}

// Leftover is an object of an earlier revision.
type Leftover struct {
	Reference cluster.Reference `json:"reference"`
	// Phase that it was in, PhaseIndex its place among the phases then, and Class the
	// class of it.
	Phase      string `json:"phase"`
	PhaseIndex int    `json:"phaseIndex"`
	Class      string `json:"class,omitempty"`
	// Orphan tells that the object stays when it is no longer wanted.
	Orphan bool `json:"orphan,omitempty"`
}

// contentVersion is that of the stored form. Whatever reads a version has to
// understand all fields, so that a new field is a new version.
const contentVersion = 1

// storedContent is the JSON of a revision's content.
type storedContent struct {
	Version   int            `json:"version"`
	Instance  storedInstance `json:"instance"`
	Leftovers []Leftover     `json:"leftovers,omitempty"`
}

type storedInstance struct {
	Name               string                       `json:"name"`
	Namespace          string                       `json:"namespace,omitempty"`
	Scope              manifest.Scope               `json:"scope"`
	PackageName        string                       `json:"packageName"`
	Phases             []storedPhase                `json:"phases"`
	AvailabilityProbes []manifest.AvailabilityProbe `json:"availabilityProbes,omitempty"`
	Constraints        []manifest.Constraint        `json:"constraints,omitempty"`
	Config             map[string]any               `json:"config"`
	Sensitive          []string                     `json:"sensitive,omitempty"`
	Images             map[string]string            `json:"images"`
	ContentDigest      string                       `json:"contentDigest,omitempty"`
	ImageDigest        string                       `json:"imageDigest,omitempty"`
}

type storedPhase struct {
	Name    string         `json:"name"`
	Class   string         `json:"class,omitempty"`
	Objects []storedObject `json:"objects"`
}

type storedObject struct {
	Object              map[string]any                   `json:"object"`
	Source              diagnostic.Position              `json:"source,omitzero"`
	ConditionMappings   []packagetypes.ConditionMapping  `json:"conditionMappings,omitempty"`
	CollisionProtection packagetypes.CollisionProtection `json:"collisionProtection,omitempty"`
}

// storeContent returns the stored form. What it cannot say is an error that names
// the place, and never the value.
func storeContent(content *Content) (*storedContent, error) {
	instance := content.Instance
	config, err := exactNumbers(instance.AdmittedConfig, "configuration")
	if err != nil {
		return nil, err
	}
	stored := &storedContent{Version: contentVersion, Leftovers: content.Leftovers, Instance: storedInstance{
		Name: instance.Name, Namespace: instance.Namespace, Scope: instance.Scope, PackageName: instance.PackageName,
		Phases:             make([]storedPhase, 0, len(instance.Phases)),
		AvailabilityProbes: instance.AvailabilityProbes, Constraints: instance.Constraints,
		Config: config, Sensitive: instance.Sensitive, Images: instance.Images,
		ContentDigest: instance.ContentDigest, ImageDigest: instance.ImageDigest,
	}}
	for _, phase := range instance.Phases {
		objects := make([]storedObject, 0, len(phase.Objects))
		for _, object := range phase.Objects {
			place := object.GroupVersionKind().Kind + " " + object.Name()
			fields, err := exactNumbers(object.Content(), place)
			if err != nil {
				return nil, err
			}
			objects = append(objects, storedObject{
				Object: fields, Source: object.Source(),
				ConditionMappings: object.ConditionMappings(), CollisionProtection: object.CollisionProtection(),
			})
		}
		stored.Instance.Phases = append(stored.Instance.Phases, storedPhase{phase.Name, phase.Class, objects})
	}
	return stored, nil
}

// content returns what was stored.
func (s *storedContent) content() *Content {
	stored := s.Instance
	instance := &packagetypes.Instance{
		Name: stored.Name, Namespace: stored.Namespace, Scope: stored.Scope, PackageName: stored.PackageName,
		AvailabilityProbes: stored.AvailabilityProbes, Constraints: stored.Constraints,
		AdmittedConfig: stored.Config, Sensitive: stored.Sensitive, Images: stored.Images,
		ContentDigest: stored.ContentDigest, ImageDigest: stored.ImageDigest,
	}
	for _, phase := range stored.Phases {
		objects := make([]packagetypes.Object, 0, len(phase.Objects))
		for _, object := range phase.Objects {
			objects = append(objects, packagetypes.NewObject(
				object.Object, object.Source, object.ConditionMappings, object.CollisionProtection))
		}
		instance.Phases = append(instance.Phases, packagetypes.Phase{Name: phase.Name, Class: phase.Class, Objects: objects})
	}
	return &Content{Instance: instance, Leftovers: s.Leftovers}
}
