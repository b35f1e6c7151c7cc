package childprocess

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// MaxOutput is how many bytes a program may print.
const MaxOutput = 256 << 20

// ErrTooMuchOutput is a program that prints more than MaxOutput.
var ErrTooMuchOutput = fmt.Errorf("it prints more than %d bytes", MaxOutput)

// FailedError is a program that ended with an error.
type FailedError struct {
	// Complaint is what it printed to its standard error, without white space around it.
	Complaint string
}

func (e *FailedError) Error() string { return e.Complaint }

// Run runs the program at a path and returns what it prints. Environment is in the form of
// os.Environ; stdin may be nil.
//
// The error is a *FailedError where the program says that it failed, ErrTooMuchOutput, that
// of ctx, or that of the operating system.
func Run(ctx context.Context, stdin io.Reader, environment []string, path string, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, path, arguments...)
	command.Env, command.Stdin = environment, stdin
	// What the program itself has started, and which holds its output, is not waited for.
	command.WaitDelay = 5 * time.Second
	var output, complaint bounded
	command.Stdout, command.Stderr = &output, &complaint
	err := command.Run()
	var exited *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case output.over || complaint.over:
		return nil, ErrTooMuchOutput
	case errors.As(err, &exited):
		return nil, &FailedError{Complaint: strings.TrimSpace(complaint.buffer.String())}
	}
	return output.buffer.Bytes(), err
}

// bounded keeps what is written, up to MaxOutput. The buffer is not embedded: its ReadFrom
// would go past the bound.
type bounded struct {
	buffer bytes.Buffer
	over   bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.buffer.Len()+len(p) > MaxOutput {
		b.over = true
		return 0, ErrTooMuchOutput
	}
	return b.buffer.Write(p)
}
