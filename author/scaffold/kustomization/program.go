package kustomization

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Builder builds one kustomization.
type Builder interface {
	// Build returns the objects as a stream of YAML. Where the kustomization is at fault,
	// the error is a *RefusedError.
	Build(ctx context.Context, folder string) ([]byte, error)
}

// RefusedError says that a kustomization cannot be built.
type RefusedError struct {
	// Message is what the builder said.
	Message string
}

func (e *RefusedError) Error() string { return "the kustomization does not build: " + e.Message }

// ErrNoKustomize says that there is neither a kustomize program nor kubectl.
var ErrNoKustomize = errors.New("there is neither a kustomize program nor kubectl")

// Program builds with the kustomize program.
type Program struct {
	// Path of the program; empty is "kustomize" on the PATH, and where there is none
	// "kubectl", which has it built in. A program whose name begins with kubectl is called as
	// "kubectl kustomize".
	Path string
	// Arguments are passed on, such as "--enable-helm".
	Arguments []string
	// Environment of the program, in the form of os.Environ.
	Environment []string
}

// Build implements Builder.
func (p *Program) Build(ctx context.Context, folder string) ([]byte, error) {
	path, verb, err := p.find()
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, path, append([]string{verb, folder}, p.Arguments...)...)
	command.Env = p.Environment
	var output, trouble bytes.Buffer
	command.Stdout, command.Stderr = &output, &trouble
	err = command.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		return nil, &RefusedError{Message: strings.TrimPrefix(strings.TrimSpace(trouble.String()), "Error: ")}
	}
	return output.Bytes(), err
}

// find returns the program, and the word that makes it build.
func (p *Program) find() (path, verb string, err error) {
	names := []string{p.Path}
	if p.Path == "" {
		names = []string{"kustomize", "kubectl"}
	}
	for _, name := range names {
		if path, err = exec.LookPath(name); err == nil {
			base := path[strings.LastIndexAny(path, `/\`)+1:]
			if strings.HasPrefix(base, "kubectl") {
				return path, "kustomize", nil
			}
			return path, "build", nil
		}
	}
	return "", "", fmt.Errorf("%w: %w", ErrNoKustomize, err)
}
