package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
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

// complaintBytes is how much of a log is worth reading.
const complaintBytes = 2 << 10

// complaint is a line in which a program says that something is wrong: of klog, and
// of what logs JSON.
var complaint = regexp.MustCompile(`^(?:[WEF][0-9]{4} |panic:|fatal|Error|\{.*"level":"(?i:warn|error|dpanic|panic|fatal)")`)

// complaints are the last lines in which a process that runs says that something is
// wrong, under a title. Of one that has ended, or has nothing to say, it is the end of
// what it has written.
func (p *process) complaints() string {
	content, err := os.ReadFile(p.logFile)
	if err != nil {
		return ""
	}
	title, lines := "end of the log", bytes.SplitAfter(content, []byte("\n"))
	found := slices.DeleteFunc(slices.Clone(lines), func(line []byte) bool { return !complaint.Match(line) })
	if len(found) > 0 && p.running() == nil {
		title, lines = "last complaints", found
	}
	first, size := len(lines), 0
	for first > 0 && size+len(lines[first-1]) <= complaintBytes {
		first--
		size += len(lines[first])
	}
	return fmt.Sprintf("--- %s of %s\n%s", title, p.name, bytes.Join(lines[first:], nil))
}
