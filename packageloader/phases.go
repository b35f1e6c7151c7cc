package packageloader

import (
	"context"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// phases evaluates the conditions and sorts what is left into phases.
func (run *renderRun) phases(ctx context.Context, files []compiledFile) ([]packagetypes.Phase, diagnostic.Diagnostics, error) {
	phases := make([]packagetypes.Phase, len(run.Renderer.phases))
	index := map[string]int{}
	for i, phase := range run.pkg.Manifest.Spec.Phases {
		phases[i] = packagetypes.Phase{Name: phase.Name, Class: phase.Class}
		index[phase.Name] = i
	}
	most := make([]int, len(phases)) // objects, where conditions drop none
	for _, file := range files {
		for i := range file.objects {
			most[index[file.objects[i].steering.Phase]]++
		}
	}
	for i := range phases {
		if most[i] > 0 {
			phases[i].Objects = make([]packagetypes.Object, 0, most[i])
		}
	}
	labels := ownLabels{pkg: run.pkg.Name, instance: run.instance}
	found, err := run.filter(ctx, files, func(_ compiledFile, object readObject, kept bool) {
		if !kept {
			return
		}
		phase := &phases[index[object.steering.Phase]]
		phase.Objects = append(phase.Objects, packagetypes.NewObject(
			labels.added(object.content), object.position,
			object.steering.ConditionMappings, object.steering.CollisionProtection))
	})
	if err != nil {
		return nil, nil, err
	}
	phases = slices.DeleteFunc(phases, func(phase packagetypes.Phase) bool { return len(phase.Objects) == 0 })
	return phases, withComponent(run.pkg, found), nil
}

// filter evaluates the conditions of all objects and tells of each, in order,
// whether it is kept.
func (run *renderRun) filter(ctx context.Context, files []compiledFile, tell func(file compiledFile, object readObject, kept bool)) (diagnostic.Diagnostics, error) {
	var found diagnostic.Diagnostics
	for _, file := range files {
		keep, faults, err := run.keepFile(ctx, file)
		if err != nil {
			return nil, err
		}
		found = append(found, faults...)
		for _, object := range file.objects {
			value := true
			if object.steering.Condition != "" {
				value, err = run.conditions.evaluate(ctx, object.steering.Condition)
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				if err != nil {
					found = append(found, run.objectConditionFault(ctx, file, object, err, len(found)))
				} else {
					run.coverage.annotation(file, object, value)
				}
			}
			tell(file, object, keep && value)
		}
	}
	return found, nil
}

// keepFile evaluates the path filters of a file.
func (run *renderRun) keepFile(ctx context.Context, file compiledFile) (bool, diagnostic.Diagnostics, error) {
	keep := true
	var found diagnostic.Diagnostics
	for _, i := range file.filters {
		value, err := run.conditions.evaluate(ctx, run.paths[i].expression)
		if ctx.Err() != nil {
			return false, nil, ctx.Err()
		}
		if err != nil {
			fault := conditionFault(diagnostic.ConditionFailed, err)
			fault.Field = diagnostic.FieldPath("spec", "filter", "paths", i, "expression")
			found = append(found, validate.Complete(run.pkg, diagnostic.Diagnostics{fault})...)
		} else {
			run.coverage.path(i, value)
		}
		keep = keep && value
	}
	return keep, found, nil
}
