package clustertest

import (
	"context"
	"slices"

	"github.com/packstage/packstage/installer/cluster"
)

// Verb is what a call asks for.
type Verb string

// The verbs of [Call].
const (
	VerbGet      Verb = "get"
	VerbList     Verb = "list"
	VerbCreate   Verb = "create"
	VerbUpdate   Verb = "update"
	VerbApply    Verb = "apply"
	VerbDelete   Verb = "delete"
	VerbDiscover Verb = "discover"
)

// Writes tells whether the verb changes the cluster, a dry run aside.
func (v Verb) Writes() bool {
	return slices.Contains([]Verb{VerbCreate, VerbUpdate, VerbApply, VerbDelete}, v)
}

// Call is one call of the cluster's interface.
type Call struct {
	// Sequence counts the calls, from 1 on, in the order in which they came in.
	Sequence int
	Verb     Verb
	// Reference of the object; a list has no name, discovery has no kind.
	Reference cluster.Reference
	DryRun    bool
	// FieldManager and Force are those of a write.
	FieldManager string
	Force        bool
	// Err is what the caller got; nil for a call that has not ended.
	Err error
}

// Calls returns a copy of the log of all calls since the start or the last Reset, in
// the order in which they came in. Discovery is in it where the server was asked: once
// until Forget, and again for each kind that is not known.
func (c *Cluster) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := make([]Call, len(c.calls))
	for index, call := range c.calls {
		calls[index] = *call
	}
	return calls
}

// Reset forgets the calls and starts to count them at 1 again; objects stay.
func (c *Cluster) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls, c.sequence = nil, 0
}

// do carries out a call with its faults. What the caller is to have must be set by
// run, which is called with the cluster locked.
func (c *Cluster) do(ctx context.Context, call Call, run func() error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	c.sequence++
	call.Sequence = c.sequence
	logged := &call
	c.calls = append(c.calls, logged)
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		logged.Err = err
		c.mu.Unlock()
	}()
	if c.fault != nil {
		if err := c.fault(ctx, call); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	outcome := c.locked(run)
	if c.lostAnswer != nil {
		answered := call
		answered.Err = outcome
		if err := c.lostAnswer(ctx, answered); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return outcome
}

func (c *Cluster) locked(run func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return run()
}
