package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/spf13/cobra"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/diagnostic/report"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
)

// errReported ends a run whose findings were printed as its result.
var errReported = errors.New("findings were printed")

// finish prints what kept the run from its result and returns the exit code.
func (p *program) finish(ctx context.Context, command *cobra.Command, err error) int {
	var (
		wrongUsage usageError
		ofRelease  *releaseError
	)
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, errReported):
		return ExitFindings
	case errors.Is(err, syscall.EPIPE):
		return ExitOutside // whoever read the result has gone: nobody to tell
	case errors.As(err, &wrongUsage):
		fmt.Fprintf(p.Stderr, "packstage: %v\nRun '%s --help' for usage.\n", err, command.CommandPath())
		return ExitUsage
	case ctx.Err() != nil:
		fmt.Fprintln(p.Stderr, "packstage: interrupted")
		if errors.As(err, &ofRelease) {
			fmt.Fprintln(p.Stderr, "  hint: "+ofRelease.hint)
		}
		return ExitOutside
	case errors.As(err, &ofRelease):
		p.printReleaseError(ofRelease)
		return ofRelease.code
	}
	if found, ok := diagnostic.From(err); ok {
		if err := p.printFindings(found); err != nil {
			return ExitOutside
		}
		return ExitFindings
	}
	fmt.Fprintf(p.Stderr, "packstage: %v\n", err)
	if hint := outsideHint(command, err); hint != "" {
		fmt.Fprintln(p.Stderr, "  hint: "+hint)
	}
	return ExitOutside
}

// printReleaseError prints an error in which an API server, or what a stranger wrote,
// may have a part.
func (p *program) printReleaseError(failed *releaseError) {
	for i, line := range strings.Split(failed.Error(), "\n") {
		if i == 0 {
			line = "packstage: " + line
		}
		fmt.Fprintln(p.Stderr, printable(line))
	}
	if failed.hint != "" {
		fmt.Fprintln(p.Stderr, "  hint: "+failed.hint)
	}
}

// outsideHint says what a user of the command line can do about trouble with a
// registry, or "".
func outsideHint(command *cobra.Command, err error) string {
	var failed *registry.Error
	switch {
	case errors.Is(err, registry.ErrPlainHTTP):
		return "--plain-http allows it, to anyone on the way too"
	case !errors.As(err, &failed):
		return ""
	case errors.Is(failed.Kind, registry.ErrNotFound):
		return tagHint(failed.Reference)
	case !errors.Is(failed.Kind, registry.ErrUnauthorized):
		return ""
	case errors.Is(failed.Err, registry.ErrUnauthorized):
		return "" // credentials that cannot be read; the message says what to do
	case command.Name() == "login":
		return "the registry does not take this user name with this password or token"
	default:
		return "packstage login " + printable(failed.Host)
	}
}

// tagHint says how to find the tags that there are, where one was asked for.
func tagHint(reference string) string {
	tag, err := name.NewTag(reference, name.StrictValidation)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("packstage versions %s --all lists its tags", printable(tag.Context().Name()))
}

// printFindings prints findings for people. Where only results and errors are
// wanted, warnings are left out.
func (p *program) printFindings(found diagnostic.Diagnostics) error {
	if p.quiet {
		found = found.WithSeverity(diagnostic.Error)
	}
	width, _ := terminalWidth(p.Stderr)
	options := report.HumanOptions{Color: p.colored(), Width: width}
	if files := p.opened.files(); files != nil {
		found = inPackage(found, files)
		options.Sources, options.Secret = p.sourceFile, secretPlaces(found)
	}
	return report.Human(p.Stderr, found, options)
}

// sourceFile returns a file that findings are in: one of the package, or one of
// settings beside it.
func (p *program) sourceFile(file string) ([]byte, bool) {
	if files := p.opened.files(); files != nil {
		if content, ok := files.Read(file); ok {
			return content, true
		}
	}
	if p.author == nil || path.Base(path.Dir(file)) != ".packstage" {
		return nil, false
	}
	content, err := fs.ReadFile(p.author, file)
	return content, err == nil
}

// inPackage returns the findings with the files of components named as they are
// in the package, so that it is plain which one is meant.
func inPackage(found diagnostic.Diagnostics, files *packagetypes.Files) diagnostic.Diagnostics {
	found = slices.Clone(found)
	for i := range found {
		if found[i].Component == "" {
			continue
		}
		file := "components/" + found[i].Component + "/" + found[i].Position.File
		if _, ok := files.Read(file); ok {
			found[i].Position.File = file
		}
	}
	return found
}

// remark tells the user something that is no result. What a stranger wrote into it
// says nothing to the terminal.
func (p *program) remark(format string, arguments ...any) {
	if p.quiet {
		return
	}
	for line := range strings.SplitSeq(fmt.Sprintf(format, arguments...), "\n") {
		fmt.Fprintln(p.Stderr, printable(line))
	}
}

// result writes a result in one piece: after a failure nothing of it is there.
func (p *program) result(write func(io.Writer) error) error {
	var buffer bytes.Buffer
	if err := write(&buffer); err != nil {
		return err
	}
	return p.writeResult(buffer.Bytes())
}

// writeResult writes a result that is whole, in pieces.
func (p *program) writeResult(pieces ...[]byte) error {
	for _, piece := range pieces {
		if _, err := p.Stdout.Write(piece); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	return nil
}

// recordingSource keeps the files that its source provided, for snippets.
type recordingSource struct {
	packageloader.Source
	mutex   sync.Mutex
	content *packageloader.Content
}

// Open implements packageloader.Source. The files are read once: all that one
// run says is about the same package.
func (s *recordingSource) Open(ctx context.Context, limits packagetypes.Limits) (*packageloader.Content, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.content != nil {
		return s.content, nil
	}
	content, err := s.Source.Open(ctx, limits)
	s.content = content
	return content, err
}

func (s *recordingSource) files() *packagetypes.Files {
	if s == nil {
		return nil
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.content == nil {
		return nil
	}
	return s.content.Files
}
