package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/diagnostic/report"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/verify"
)

// policyVariable of the environment says what policyFlags do not.
const policyVariable = "PACKSTAGE_POLICY"

// policyFlags say which packages have to be signed.
type policyFlags struct {
	path        string
	off         bool
	trustedRoot string
}

func (f *policyFlags) add(command *cobra.Command) {
	inSection(command, registrySection, func() {
		f.addPath(command)
		command.Flags().BoolVar(&f.off, "no-policy", false,
			"use no signature policy, also where $"+policyVariable+" or the user's configuration has one")
	})
}

// addPath adds the flag of commands that cannot go without a policy.
func (f *policyFlags) addPath(command *cobra.Command) {
	command.Flags().StringVar(&f.path, "policy", "",
		"signature policy `FILE`; without it $"+policyVariable+", or else policy.yaml in packstage's folder of the user's configuration, where there is one")
	_ = command.MarkFlagFilename("policy", "yaml", "yml", "json")
	command.Flags().StringVar(&f.trustedRoot, "trusted-root", "",
		"sigstore trusted root `FILE` that certificates are checked with; without it $"+trustedRootVariable+", or else the one that the policy names")
	_ = command.MarkFlagFilename("trusted-root", "json")
}

// verified puts the policy in front of a source; where there is none, the source is
// returned as it is.
func (f *policyFlags) verified(p *program, source packageloader.Source) (packageloader.Source, error) {
	verifier, err := f.announcing(p)
	if err != nil || verifier == nil {
		return source, err
	}
	return packageloader.Verified(source, verifier), nil
}

// announcing returns the verifier of the policy, which prints its warnings; nil
// where there is no policy.
func (f *policyFlags) announcing(p *program) (verify.Verifier, error) {
	policy, err := f.policy(p)
	if err != nil {
		return nil, err
	}
	if policy == nil {
		if f.trustedRoot != "" {
			return nil, usagef("--trusted-root does nothing without a policy, which says who has to sign; name one with --policy FILE")
		}
		return nil, nil
	}
	inner, err := f.verifier(p, policy, verify.Options{})
	if err != nil {
		return nil, err
	}
	return &announcing{p: p, inner: inner}, nil
}

// verifier returns the verifier of a policy, with all that this program can judge.
func (f *policyFlags) verifier(p *program, policy *verify.Policy, options verify.Options) (verify.Verifier, error) {
	identities, err := f.identities(p, policy)
	if err != nil {
		return nil, err
	}
	options.Identities = identities
	return verify.NewVerifier(policy, options), nil
}

// policy returns nil where there is none.
func (f *policyFlags) policy(p *program) (*verify.Policy, error) {
	if f.off && f.path != "" {
		return nil, usagef("--policy and --no-policy contradict each other")
	}
	if f.off {
		return nil, nil
	}
	path, named := f.path, true
	if path == "" {
		path = p.env(policyVariable)
	}
	if path == "" {
		path, named = p.configFile("policy.yaml"), false
	}
	if path == "" {
		return nil, nil
	}
	policy, err := verify.ReadPolicy(path)
	if !named && errors.Is(err, fs.ErrNotExist) && !exists(path) {
		return nil, nil
	}
	return policy, err
}

// exists tells a file that is not there from one that names something that is not.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// configFile returns the path of a file in packstage's folder of the user's
// configuration, or "" for a user without a home.
func (p *program) configFile(name string) string {
	folder := p.env("XDG_CONFIG_HOME")
	if !filepath.IsAbs(folder) { // a relative one counts as none (XDG Base Directory Specification)
		home := p.env("HOME")
		if home == "" {
			home = p.env("USERPROFILE")
		}
		if home == "" {
			return ""
		}
		folder = filepath.Join(home, ".config")
	}
	return filepath.Join(folder, "packstage", name)
}

// announcing prints the warnings of a verifier as they come, whatever becomes of the
// package; those about one image once.
type announcing struct {
	p     *program
	inner verify.Verifier

	mutex sync.Mutex
	said  map[v1.Hash]bool
}

// Verify implements verify.Verifier.
func (a *announcing) Verify(ctx context.Context, subject verify.Subject) (*verify.Result, error) {
	result, err := a.inner.Verify(ctx, subject)
	if err != nil || len(result.Warnings) == 0 {
		return result, err
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if !a.said[subject.Digest] {
		if err := a.p.announce(result.Warnings); err != nil {
			return nil, err
		}
		if a.said == nil {
			a.said = map[v1.Hash]bool{}
		}
		a.said[subject.Digest] = true
	}
	announced := *result
	announced.Warnings = nil
	return &announced, nil
}

// announce is printFindings for warnings about no file of the package. The source of
// the package may be open at that moment, and its files not to be had.
func (p *program) announce(found diagnostic.Diagnostics) error {
	if p.quiet {
		return nil
	}
	width, _ := terminalWidth(p.Stderr)
	return report.Human(p.Stderr, found, report.HumanOptions{Color: p.colored(), Width: width})
}

// keyFile reads a key from a file, or from a variable where it is env://NAME.
func (p *program) keyFile(path string) ([]byte, error) {
	if name, ok := strings.CutPrefix(path, "env://"); ok {
		text, there := p.lookupEnv(name)
		if !there {
			return nil, usagef("the variable %s, which a key shall come from, is not set", name)
		}
		return []byte(text), nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && info.Mode()&fs.ModeNamedPipe == 0 {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("is not a regular file")}
	}
	return readAtMost(file, verify.MaxKeyBytes)
}

// lookupEnv is env for a variable that may be empty on purpose.
func (p *program) lookupEnv(name string) (string, bool) {
	for i := len(p.Env) - 1; i >= 0; i-- {
		if key, value, ok := strings.Cut(p.Env[i], "="); ok && key == name {
			return value, true
		}
	}
	return "", false
}
