package kustomization

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/packstage/packstage/internal/childprocess"
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
	// A folder whose name begins with a dash is none of the flags.
	output, err := childprocess.Run(ctx, nil, p.Environment, path, append(append([]string{verb}, p.Arguments...), "--", folder)...)
	var failed *childprocess.FailedError
	if errors.As(err, &failed) {
		return nil, &RefusedError{Message: strings.TrimPrefix(failed.Complaint, "Error: ")}
	}
	if err != nil {
		return nil, fmt.Errorf("kustomize: %w", err)
	}
	return output, nil
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
