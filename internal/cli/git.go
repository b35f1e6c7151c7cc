package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// gitAnnotations says which revision of which repository a folder is of. A
// revision with changes that are not committed, in the folder itself, says so.
func (p *program) gitAnnotations(ctx context.Context, folder string) (map[string]string, error) {
	revision, err := p.git(ctx, folder, "rev-parse", "HEAD")
	if err != nil {
		return nil, err
	}
	changes, err := p.git(ctx, folder, "status", "--porcelain", "--", ".")
	if err != nil {
		return nil, err
	}
	if changes != "" {
		revision += "-dirty"
	}
	annotations := map[string]string{ocispec.AnnotationRevision: revision}
	// A repository without a remote has a revision all the same.
	if remote, err := p.git(ctx, folder, "config", "--get", "remote.origin.url"); err == nil && remote != "" {
		annotations[ocispec.AnnotationSource] = withoutCredentials(remote)
	} else if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return annotations, nil
}

func (p *program) git(ctx context.Context, folder string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, "git", append([]string{"-C", folder}, arguments...)...)
	command.Env = p.Env
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		if text := strings.TrimSpace(stderr.String()); text != "" {
			err = errors.New(text)
		}
		return "", fmt.Errorf("git %s in %s: %w", arguments[0], folder, err)
	}
	return strings.TrimSpace(string(output)), nil
}

// withoutCredentials takes user and password from the address of a repository.
func withoutCredentials(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.User == nil {
		return address
	}
	parsed.User = nil
	return parsed.String()
}
