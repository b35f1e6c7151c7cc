package cluster

import (
	"os/exec"
	"sync/atomic"
)

// Kill runs a program that talks to the proxy, and kills it with SIGKILL at request n,
// counted anew: at is KillBefore or KillAfter. It returns when the program has ended:
// whether it was killed, and the error of the program. False means that it has ended by
// itself, with fewer requests. Requests that pass at the same time may still reach the
// API server. From then on all requests pass.
func (p *Proxy) Kill(command *exec.Cmd, at func(n int, kill func()) Hook, n int) (killed bool, err error) {
	started, dead := make(chan struct{}), make(chan struct{})
	var asked atomic.Bool
	p.Reset(at(n, func() {
		<-started
		if command.Process == nil {
			return // it has not even started, and this request is of somebody else
		}
		asked.Store(true)
		_ = command.Process.Kill() // it may have ended
		<-dead
	}))
	defer p.follow(nil)
	err = command.Start()
	close(started)
	if err == nil {
		err = command.Wait()
	}
	close(dead)
	// -1 is a program that a signal has ended.
	return asked.Load() && command.ProcessState.ExitCode() == -1, err
}
