package compare

import (
	"fmt"
	"maps"
	"slices"

	"github.com/packstage/packstage/packagetypes"
)

// Objects compares rendered objects: those that were added, removed, renamed or
// moved to another phase, what steers them, and all others field by field. Custom
// resource definitions and who may do what have functions of their own:
// [CustomResourceDefinitions], [Permissions]; of them, this one compares metadata
// and phase, and says that rules changed, but not what that means.
//
// Items of lists are compared by the keys that Kubernetes merges them by. Texts of
// several lines are compared line by line. The contents of Secrets are never
// shown.
func Objects(before, after []packagetypes.Phase) []Change {
	c := objectsComparison{before: placeObjects(before, ""), after: placeObjects(after, "")}
	c.compare()
	return sortChanges(c.changes)
}

type objectsComparison struct {
	before, after placedObjects
	changes       []Change
	// types are what the definitions in B say of custom resources; nil until asked.
	types map[customKind]*customType
}

func (c *objectsComparison) compare() {
	var removed, added []*placedObject
	for _, one := range c.before.ordered {
		if other := c.after.byKey[one.key]; other != nil {
			c.pair(one, other)
		} else {
			removed = append(removed, one)
		}
	}
	for _, one := range c.after.ordered {
		if c.before.byKey[one.key] == nil {
			added = append(added, one)
		}
	}
	renamed := findRenames(removed, added)
	taken := map[*placedObject]bool{}
	for _, one := range renamed {
		taken[one.before], taken[one.after] = true, true
		c.renamed(one)
	}
	for _, one := range removed {
		if !taken[one] {
			c.removed(one)
		}
	}
	for _, one := range added {
		if !taken[one] {
			c.added(one)
		}
	}
}

func (c *objectsComparison) emit(change Change) {
	if change.Area == "" {
		change.Area = AreaObjects
	}
	if change.Side == "" {
		change.Side = SideB
	}
	c.changes = append(c.changes, change)
}

func isCRD(key objectKey) bool {
	return key.group == "apiextensions.k8s.io" && key.kind == "CustomResourceDefinition"
}

func (c *objectsComparison) added(one *placedObject) {
	reference := referenceOf(one.content())
	change := Change{
		Code: ObjectAdded, Effect: Compatible, Object: &reference,
		Message: fmt.Sprintf("%s is new, in the phase %s", reference, one.phase),
	}
	switch {
	case isCRD(one.key):
		change.Code, change.Area = CRDAdded, AreaCRDs
	case one.key.group == "admissionregistration.k8s.io" || one.key.kind == "APIService":
		change.Effect = Notable
		change.Message += ": it has a part in requests of others"
	case one.key.group == "networking.k8s.io" && one.key.kind == "NetworkPolicy":
		change.Effect = Notable
		change.Message += ": the pods that it selects can be reached by less, or reach less"
	case one.key.group == "" && (one.key.kind == "ResourceQuota" || one.key.kind == "LimitRange"):
		change.Effect = Notable
		change.Message += ": pods of its namespace can be refused"
	}
	c.emit(change)
}

func (c *objectsComparison) removed(one *placedObject) {
	reference := referenceOf(one.content())
	change := Change{
		Code: ObjectRemoved, Effect: Notable, Object: &reference, Side: SideA,
		Message: fmt.Sprintf("%s is gone (it was in the phase %s)", reference, one.phase),
	}
	if isCRD(one.key) {
		change.Code, change.Area = CRDRemoved, AreaCRDs
	}
	if one.key.group == rbacGroupName {
		change.Effect = Compatible
		change.Message += "; what it means stands under permissions"
	}
	if loss := lostWith(one.key); loss != "" {
		change.Effect = Breaking
		change.Message += ": " + loss
	}
	c.emit(change)
}

// lostWith says what goes away for good with an object, or "".
func lostWith(key objectKey) string {
	switch {
	case isCRD(key):
		return "all of its custom resources are deleted with it"
	case key.group != "":
		return ""
	}
	switch key.kind {
	case "Namespace":
		return "all that is in it is deleted with it"
	case "PersistentVolumeClaim", "PersistentVolume":
		return "its data may be deleted with it"
	default:
		return ""
	}
}

// pair compares an object that both have.
func (c *objectsComparison) pair(before, after *placedObject) {
	reference := referenceOf(after.content())
	c.steering(&reference, before, after)
	c.fields(&reference, before, after)
}

// steering compares what the annotations of the format say.
func (c *objectsComparison) steering(reference *ObjectReference, before, after *placedObject) {
	if before.phase != after.phase {
		c.emit(Change{
			Code: ObjectMoved, Effect: Notable, Object: reference, Before: before.phase, After: after.phase,
			Message: fmt.Sprintf("is in the phase %s where it was in %s", after.phase, before.phase),
		})
	}
	protection := func(p *placedObject) packagetypes.CollisionProtection {
		if p.object.CollisionProtection() == "" {
			return packagetypes.CollisionProtectionPrevent
		}
		return p.object.CollisionProtection()
	}
	if was, is := protection(before), protection(after); was != is {
		c.emit(Change{
			Code: CollisionChanged, Effect: Notable, Object: reference, Before: string(was), After: string(is),
			Message: fmt.Sprintf("collision protection is %s where it was %s: %s", is, was, collisionMeaning(is)),
		})
	}
	was, is := before.object.ConditionMappings(), after.object.ConditionMappings()
	for _, mapping := range was {
		if !slices.Contains(is, mapping) {
			c.emit(Change{
				Code: ConditionMappingRemoved, Effect: Notable, Object: reference, Side: SideA,
				Before:  mapping.SourceType + " => " + mapping.DestinationType,
				Message: fmt.Sprintf("the condition %s is not shown as %s any more", mapping.SourceType, mapping.DestinationType),
			})
		}
	}
	for _, mapping := range is {
		if !slices.Contains(was, mapping) {
			c.emit(Change{
				Code: ConditionMappingAdded, Effect: Compatible, Object: reference,
				After:   mapping.SourceType + " => " + mapping.DestinationType,
				Message: fmt.Sprintf("the condition %s is shown as %s", mapping.SourceType, mapping.DestinationType),
			})
		}
	}
}

func collisionMeaning(protection packagetypes.CollisionProtection) string {
	switch protection {
	case packagetypes.CollisionProtectionNone:
		return "an object that is there is taken over, whoever it belongs to"
	case packagetypes.CollisionProtectionIfNoController:
		return "an object that is there is taken over where it has no controller"
	default:
		return "an object that is there and belongs to someone else is left alone, and the rollout stops"
	}
}

// fields compares an object field by field.
func (c *objectsComparison) fields(reference *ObjectReference, before, after *placedObject) {
	a, b := before.content(), after.content()
	if isCRD(after.key) { // the definition itself has its own comparison
		a, b = withoutSpec(a), withoutSpec(b)
	}
	if equalMaps(a, b) {
		return
	}
	w := &fieldWalk{key: after.key, object: reference, custom: c.customTypeOf(b)}
	w.whole(a, b, !after.generated)
	for _, change := range w.changes {
		c.emit(change)
	}
}

func withoutSpec(content map[string]any) map[string]any {
	rest := maps.Clone(content)
	delete(rest, "spec")
	delete(rest, "status")
	return rest
}
