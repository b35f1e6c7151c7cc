package lint

import "github.com/packstage/packstage/diagnostic"

// Severities, as short as tables of rules want them.
const (
	errorSeverity   = diagnostic.Error
	warningSeverity = diagnostic.Warning
	infoSeverity    = diagnostic.Info
)
