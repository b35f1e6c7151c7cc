package cluster

import (
	"io"
	"os/exec"
)

// janitor is a shell that removes a folder when this process has ended, even when it
// was killed. Of those that end well, Stop removes the folder at once.
type janitor struct {
	command *exec.Cmd
	// open is what the shell reads from. The end of this process closes it.
	open io.Closer
}

// The processes of a cluster end with the test; the second lets them. One that takes
// longer may make files while others are removed.
const janitorScript = `cat >/dev/null; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; rm -rf -- "$1" && break; done`

func startJanitor(folder string) (*janitor, error) {
	j := &janitor{command: exec.Command("sh", "-c", janitorScript, "sh", folder)} //nolint:noctx // it outlives all
	j.command.SysProcAttr = ownGroup()
	input, err := j.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	j.open = input
	if err := j.command.Start(); err != nil {
		return nil, err
	}
	return j, nil
}

// dismiss ends the janitor without the folder being removed.
func (j *janitor) dismiss() {
	killGroup(j.command.Process)
	_ = j.open.Close()
	_ = j.command.Wait() // it is killed
}
