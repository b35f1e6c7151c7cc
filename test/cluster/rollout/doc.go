// Package rollout holds tests that take every example package, and every package of
// the conformance set that renders, through install, upgrade, failed upgrade, rollback
// and removal on a real API server, and prove the order of all of it from the server's
// audit log: see judge.
package rollout
