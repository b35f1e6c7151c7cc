package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// errEnded is a program that ended by itself.
var errEnded = errors.New("it has ended")

// starter starts processes from one thread that lives as long as they may: Linux
// ends a process with the thread that started it, not with its whole process.
type starter struct{ work chan func() }

func newStarter() *starter {
	s := &starter{work: make(chan func())}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the function
		for do := range s.work {
			do()
		}
	}()
	return s
}

// end has to come after the last process has ended.
func (s *starter) end() { close(s.work) }

// process is a program that runs in a process group of its own.
type process struct {
	name    string
	logFile string
	command *exec.Cmd
	// ended is closed once the program has.
	ended chan struct{}
}

// run starts a program whose output goes to a file of its name.
func (s *starter) run(folder, path string, environment []string, arguments ...string) (*process, error) {
	p := &process{name: filepath.Base(path), ended: make(chan struct{})}
	p.logFile = filepath.Join(folder, p.name+".log")
	log, err := os.OpenFile(p.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.command = exec.Command(path, arguments...) //nolint:noctx // kill ends it
	p.command.Dir, p.command.Env = folder, append(os.Environ(), environment...)
	p.command.Stdout, p.command.Stderr = log, log
	p.command.SysProcAttr = processAttributes()
	started := make(chan error)
	s.work <- func() { started <- p.command.Start() }
	if err := <-started; err != nil {
		return nil, err
	}
	go func() {
		_ = p.command.Wait() // it is killed
		close(p.ended)
	}()
	return p, nil
}

// kill ends the process and those that it has started, and waits until they are gone.
func (p *process) kill() {
	killGroup(p.command.Process)
	<-p.ended
}

// running is nil as long as the process runs, else an errEnded.
func (p *process) running() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s: %w: %s", p.name, errEnded, p.command.ProcessState)
	default:
		return nil
	}
}

// tailBytes is how much of a log is worth reading.
const tailBytes = 4 << 10

// tail is the end of what the process has written, under a title.
func (p *process) tail() string {
	content, err := os.ReadFile(p.logFile)
	if err != nil {
		return ""
	}
	if len(content) > tailBytes {
		content = content[len(content)-tailBytes:]
		if i := bytes.IndexByte(content, '\n'); i >= 0 {
			content = content[i+1:]
		}
	}
	return fmt.Sprintf("--- end of the log of %s\n%s", p.name, content)
}
