package installer

import (
	"cmp"
	"context"
	"maps"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// readAhead is how many objects are read at a time for a removal in many small steps.
const readAhead = 1000

// ahead are objects that were read before the step in which they are removed. What has
// changed since is noticed when it is deleted, which names the version that was read.
type ahead struct {
	found map[place]*unstructured.Unstructured
	// read are all that were looked for.
	read map[place]bool
}

func newAhead() *ahead { return &ahead{map[place]*unstructured.Unstructured{}, map[place]bool{}} }

// of returns the live objects of the first of the steps. Those that were read before
// come from memory where they were there to stay, and the release's; all others are read
// now, and with them those of the next steps where the step has not been looked at yet.
func (a *ahead) of(ctx context.Context, o *operation, steps []removal) (map[place]*unstructured.Unstructured, error) {
	wanted, known, now := map[string][]cluster.Reference{}, false, 0
	want := func(leftover history.Leftover) {
		wanted[leftover.Class] = append(wanted[leftover.Class], leftover.Reference)
		now++
	}
	for _, leftover := range steps[0].objects {
		at := o.placeOf(leftover)
		known = known || a.read[at]
		// What was going may be gone, and made again; that is not deleted by its version.
		if !isOwn(o.release, a.found[at]) {
			delete(a.found, at)
			want(leftover)
		}
		a.read[at] = true
	}
	for next := 1; next < len(steps) && !known && now+len(steps[next].objects) <= readAhead; next++ {
		for _, leftover := range steps[next].objects {
			want(leftover)
			a.read[o.placeOf(leftover)] = true
		}
	}
	found, err := o.read(ctx, o.release, false, wanted)
	if err != nil {
		return nil, err
	}
	step := make(map[place]*unstructured.Unstructured, len(steps[0].objects))
	for _, leftover := range steps[0].objects {
		at := o.placeOf(leftover)
		step[at] = cmp.Or(found[at], a.found[at])
		delete(a.found, at)
		delete(found, at)
	}
	maps.Copy(a.found, found)
	return step, nil
}
