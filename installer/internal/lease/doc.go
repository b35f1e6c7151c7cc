// Package lease makes sure that one installer at a time writes a release: whoever
// wants to write holds the Lease "packstage.<name>" of the release's namespace.
//
// # Time
//
// No clock is compared with another. The times in a Lease are for people; what
// counts is whether it changes. A holder renews it every third of its duration. Who
// waits takes it over when holder, renewTime and resourceVersion have stayed the same
// for the whole duration, measured with the waiter's own monotonic clock. So a clock
// that jumps, or one that is years off, changes nothing.
//
// A holder counts from the moment before it sent the last renewal that succeeded,
// which is earlier than anyone can have seen the result. When nine tenths of the
// duration have passed without another, it has lost the Lease: the context ends, and
// [Held.Check] says so. The last tenth is for a write that is under way.
//
// # Stopped processes
//
// The monotonic clock goes on while a process is stopped (SIGSTOP, a debugger, a
// starved machine), so Check fails at once when it wakes up, before a renewal has
// been tried. It stands still on most systems while the whole machine sleeps. After
// that a holder learns of its loss with the next renewal, which is due within a
// third of the duration. A write in between is caught where it carries what was
// read: the record of a release is only replaced with the resourceVersion that was
// seen.
package lease
