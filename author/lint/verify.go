package lint

import (
	"context"
	"maps"
	"slices"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// isSafe tells whether the package renders as before with changed files, except for
// what the fixes say.
func (f *fixer) isSafe(ctx context.Context, before []*Subject, files map[string][]byte, fixes []Finding) (bool, error) {
	content, err := packageloader.FromFiles(files).Open(ctx, f.options.Compile.Limits.WithDefaults())
	if err != nil {
		return false, nil //nolint:nilerr // what the change breaks is not safe
	}
	after, _, err := subjectsOf(ctx, content, f.options)
	if err != nil {
		return false, err
	}
	mayQuote := slices.ContainsFunc(fixes, func(finding Finding) bool { return finding.Fix.Changes })
	rendered := map[[2]string]*Instance{}
	for _, subject := range after {
		for _, instance := range subject.Instances {
			rendered[[2]string{subject.Package.Component, instance.Case.Name}] = instance
		}
	}
	for _, subject := range before {
		for _, instance := range subject.Instances {
			now := rendered[[2]string{subject.Package.Component, instance.Case.Name}]
			if now == nil || !sameInstance(instance.Instance, now.Instance, mayQuote) {
				return false, nil
			}
		}
	}
	return true, nil
}

// sameInstance tells whether two instances have the same objects in the same phases.
// Where values may be quoted, one that was a boolean or number may have become the text
// of it.
func sameInstance(a, b *packagetypes.Instance, mayQuote bool) bool {
	if !mayQuote {
		return a.Digest() == b.Digest()
	}
	return slices.EqualFunc(a.Phases, b.Phases, func(p, q packagetypes.Phase) bool {
		return p.Name == q.Name && p.Class == q.Class && slices.EqualFunc(p.Objects, q.Objects, func(x, y packagetypes.Object) bool {
			return x.CollisionProtection() == y.CollisionProtection() && slices.Equal(x.ConditionMappings(), y.ConditionMappings()) &&
				sameOrQuoted(x.Content(), y.Content())
		})
	})
}

func sameOrQuoted(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		other, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, other, sameOrQuoted)
	case []any:
		other, ok := b.([]any)
		return ok && slices.EqualFunc(a, other, sameOrQuoted)
	case bool, int64, float64:
		if text, ok := b.(string); ok {
			read, err := decodeScalar(text)
			return err == nil && read == a
		}
		return a == b
	default:
		return a == b
	}
}
