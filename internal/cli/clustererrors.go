package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
)

// releaseError is an error about a release with what a user of the command line can
// do about it.
type releaseError struct {
	err  error
	hint string
	// code is the exit code.
	code int
}

func (e *releaseError) Error() string { return e.err.Error() }
func (e *releaseError) Unwrap() error { return e.err }

// withoutOnward leaves out how to go on with what was taken back.
func withoutOnward(err error) error {
	var failed *releaseError
	if errors.As(err, &failed) && failed.code == ExitFindings {
		return &releaseError{failed.err, "", failed.code}
	}
	return err
}

// failed adds a hint to an error of the API server, if one helps.
func (c *connection) failed(err error) error {
	if err == nil {
		return nil
	}
	if hint := c.hint(err); hint != "" {
		return &releaseError{err, hint, ExitOutside}
	}
	return err
}

func (c *connection) hint(err error) string {
	var (
		transport   *url.Error
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case apierrors.IsUnauthorized(err):
		return "the API server does not accept the credentials of the kubeconfig, or not any more; log in to the cluster again (kubectl auth whoami tests it)"
	case apierrors.IsForbidden(err):
		return "the user of the kubeconfig may not do this; kubectl auth can-i --list says what is allowed"
	case errors.As(err, &certificate):
		return "the kubeconfig does not trust the certificate of " + printable(c.server) + ": its certificate-authority-data and its server have to belong together"
	case errors.As(err, &transport):
		return "is the API server at " + printable(c.server) + " up, and the right one? --kube-context chooses another cluster"
	default:
		return ""
	}
}

// releaseFailed says of an error of the installer what it means for the exit code, and
// what can be done. Findings are printed here.
func (p *program) releaseFailed(ctx context.Context, c *connection, release cluster.Release, err error) error {
	var (
		blocked  *installer.BlockedError
		phase    *installer.PhaseError
		paused   *installer.PausedError
		removing *installer.RemovingError
		revision *installer.RevisionError
		held     *installer.HeldError
		missing  *history.NotFoundError
		damaged  *history.DamagedError
		changed  *history.ChangedError
	)
	named := release.Name + " -n " + release.Namespace
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &releaseError{err, "the release can be continued: run the same command again", ExitOutside}
	case errors.As(err, &blocked):
		if err := p.printFindings(blocked.Diagnostics); err != nil {
			return err
		}
		p.remark("packstage: release %s was not touched", release)
		return errReported
	case errors.As(err, &phase):
		if hint := c.hint(phase.Cause); hint != "" {
			return &releaseError{err, hint, ExitOutside}
		}
		return &releaseError{err, "packstage status " + named + " says how it is now; the same command again goes on", ExitFindings}
	case errors.As(err, &paused):
		return &releaseError{err, "packstage resume " + named, ExitFindings}
	case errors.As(err, &removing):
		return &releaseError{err, "packstage delete " + named, ExitFindings}
	case errors.As(err, &revision):
		return &releaseError{err, "packstage history " + named + " lists the revisions", ExitFindings}
	case errors.As(err, &held):
		return &releaseError{err, "--lock-timeout 5m waits until it has finished", ExitOutside}
	case errors.As(err, &missing):
		return &releaseError{err, "packstage list --all-namespaces shows the releases that there are", ExitFindings}
	case errors.As(err, &damaged), errors.As(err, &changed):
		return &releaseError{err, "", ExitFindings}
	}
	if _, ok := diagnostic.From(err); ok {
		return err
	}
	if class := c.missingClass(ctx, release); class != "" {
		return &releaseError{err, "--class " + printable(class) + "=KUBECONFIG says which cluster that is", ExitUsage}
	}
	return c.failed(err)
}

// missingClass returns the class of a phase of the release that no cluster was given for,
// or "".
func (c *connection) missingClass(ctx context.Context, release cluster.Release) string {
	record, err := c.reader().History(ctx, release)
	if err != nil {
		return ""
	}
	revision, ok := record.Revision(record.Target)
	if !ok {
		return ""
	}
	for _, phase := range revision.Phases {
		if phase.Class != "" && c.classes[phase.Class] == nil {
			return phase.Class
		}
	}
	return ""
}

func isBlocked(err error) bool {
	var blocked *installer.BlockedError
	return errors.As(err, &blocked)
}
