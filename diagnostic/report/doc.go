// Package report prints findings: for people ([Human]), for programs ([JSON]),
// for code scanning ([SARIF]) and for test reports of CI systems ([JUnit]).
//
// All printers sort the findings, drop duplicates, leave the list that they are
// given as it is, and write the same bytes for the same findings. They write
// once, at the end, so that a failure never leaves half a report behind, and
// they return the writer's error, or an error that names a finding whose
// severity is none of package diagnostic's. They hold no state: calls may run
// at the same time.
//
// Findings quote what stands in packages, and packages may be hostile. No
// printer lets a character through that a terminal would act on: control
// characters, bytes that are no UTF-8, and invisible characters (those that
// reverse the direction of text among them) are written as escapes such as
// \x1b or \u202e.
package report
