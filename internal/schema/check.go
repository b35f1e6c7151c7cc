package schema

import "github.com/packstage/packstage/diagnostic"

// Check applies the rules.
func Check(s *Schema, at *Path) diagnostic.Diagnostics { return nil }
