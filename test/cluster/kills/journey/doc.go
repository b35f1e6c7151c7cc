// Package journey holds the operations that the tests of kills and of faults disturb:
// install, upgrade, rollback and removal of one small release, with everything of a
// namespace written down in a form in which two runs can be compared.
package journey
