package compare

import (
	"fmt"
	"strings"

	"github.com/packstage/packstage/internal/linediff"
)

// plainList compares lists without keys: equal items are found as lines of a diff
// are, and what stands between the same equal ones is compared one by one.
func (w *fieldWalk) plainList(at fieldPlace, a, b []any) {
	gone, added := unequalItems(a, b)
	if (at.last() == "args" || at.last() == "command") && max(len(gone), len(added)) > 1 {
		w.argumentsChanged(at, a, b)
		return
	}
	for len(gone) > 0 || len(added) > 0 {
		switch {
		case len(added) == 0 || len(gone) > 0 && gone[0].gap < added[0].gap:
			w.value(at.item(gone[0].index, gone[0].index, max(len(b)-1, 0)), a[gone[0].index], nil)
			gone = gone[1:]
		case len(gone) == 0 || added[0].gap < gone[0].gap:
			w.value(at.item(added[0].index, max(len(a)-1, 0), added[0].index), nil, b[added[0].index])
			added = added[1:]
		default:
			w.value(at.item(added[0].index, gone[0].index, added[0].index), a[gone[0].index], b[added[0].index])
			gone, added = gone[1:], added[1:]
		}
	}
}

// unequalItem is an item that has no equal one in the other list. Items of both
// lists with the same gap stand between the same equal ones.
type unequalItem struct{ index, gap int }

func unequalItems(a, b []any) (gone, added []unequalItem) {
	text := func(items []any) []byte {
		var lines []byte
		for _, item := range items {
			lines = append(append(lines, canonical(item)...), '\n') // JSON holds no line break
		}
		return lines
	}
	gap := 0
	for _, hunk := range linediff.Hunks(text(a), text(b)) {
		i, j := hunk.OldStart-1, hunk.NewStart-1
		if hunk.OldCount == 0 {
			i++ // it then names the line before
		}
		if hunk.NewCount == 0 {
			j++
		}
		gap++
		for _, line := range hunk.Lines {
			switch line.Kind {
			case linediff.Removed:
				gone = append(gone, unequalItem{i, gap})
				i++
			case linediff.Added:
				added = append(added, unequalItem{j, gap})
				j++
			default:
				gap++
				i++
				j++
			}
		}
	}
	return gone, added
}

// argumentsChanged says of the arguments of a program which are new and which gone,
// which reads better than items that moved.
func (w *fieldWalk) argumentsChanged(at fieldPlace, a, b []any) {
	gone, added := missing(a, b), missing(b, a)
	var parts []string
	if len(added) > 0 {
		parts = append(parts, "new are "+quoteAll(added, show))
	}
	if len(gone) > 0 {
		parts = append(parts, "gone are "+quoteAll(gone, show))
	}
	if len(parts) == 0 {
		parts = append(parts, "the order is another")
	}
	w.changes = append(w.changes, Change{
		Code: FieldChanged, Effect: Notable, Object: w.object, Field: fieldText(at.text), Before: a, After: b,
		Message: fmt.Sprintf("is another list: %s", strings.Join(parts, "; ")), pathA: at.pathA, pathB: at.pathB,
	})
}
