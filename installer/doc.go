// Package installer makes a cluster what an instance says: phase by phase, each
// available before the next one begins, with every revision kept, a way back to
// any of them, and removal in reverse.
//
// An [Installer] works over the small interfaces of installer/cluster. Nothing of
// it has to run in the cluster: all state is in Secrets of the release's
// namespace, so that whoever calls next (after a crash, on another machine) goes on
// from there.
//
//	i := installer.New(cluster, installer.Options{Who: "deploy-bot"})
//	result, err := i.Apply(ctx, release, instance, installer.ApplyOptions{})
//
// Before its first write, [Installer.Apply] judges everything that can be known
// beforehand and returns all findings as a [*BlockedError]; [Installer.Plan]
// returns the same as data. docs/installer.md says what is guaranteed, and what
// happens in each failure.
package installer
