package report

import (
	"fmt"

	"github.com/packstage/packstage/diagnostic"
)

// prepare returns the findings as printers want them: sorted, without
// duplicates, all of a known severity.
func prepare(ds diagnostic.Diagnostics) (diagnostic.Diagnostics, error) {
	sorted := ds.Sorted()
	for _, d := range sorted {
		if _, err := d.Severity.MarshalText(); err != nil {
			return nil, fmt.Errorf("report finding %q: %w", d.Error(), err)
		}
	}
	return sorted, nil
}

func count(ds diagnostic.Diagnostics, severity diagnostic.Severity) int {
	return len(ds.WithSeverity(severity))
}
