// Command release makes what a release consists of, in one folder: an archive for each
// platform with its bill of materials, checksums of all of them and their signature, a
// container image for several platforms, and a Homebrew formula.
//
//	go run ./internal/release -version v1.2.3 -output dist
//
// Nothing leaves the machine. The same commit, version and Go give the same bytes,
// signatures by ECDSA keys aside: times are that of -time, and no path of the machine
// is in anything. The container image has the authorities of -certificates in it, so
// that its bytes depend on these, too.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release is what is made, and where.
type release struct {
	// root is the folder of the module.
	root, output, version string
	// program is the package of the program.
	program   string
	platforms []platform
	time      time.Time
	// downloads is the address below which the archives will be.
	downloads string
	// certificates is the file with the authorities that the container image trusts.
	certificates string
	// key signs the checksums; without one they are not signed.
	key string
	log io.Writer
}

type platform struct{ os, architecture string }

func (p platform) String() string { return p.os + "/" + p.architecture }

const allPlatforms = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64"

func run(ctx context.Context, arguments []string, log io.Writer) error {
	r := release{log: log}
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.StringVar(&r.root, "root", ".", "folder of the module")
	flags.StringVar(&r.output, "output", "dist", "folder to write; it must not exist")
	flags.StringVar(&r.version, "version", "", "version, such as v1.2.3")
	flags.StringVar(&r.program, "program", "./cmd/packstage", "package of the program")
	platforms := flags.String("platforms", allPlatforms, "platforms to build for")
	seconds := flags.Int64("time", 0, "time of all files, in seconds since 1970: that of the commit")
	flags.StringVar(&r.downloads, "downloads", "https://github.com/packstage/packstage/releases/download", "address of the releases")
	flags.StringVar(&r.certificates, "certificates", "/etc/ssl/certs/ca-certificates.crt", "authorities that the container image trusts")
	flags.StringVar(&r.key, "key", "", "private key that signs the checksums; its password is in PACKSTAGE_KEY_PASSWORD")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if _, err := semver.StrictNewVersion(strings.TrimPrefix(r.version, "v")); err != nil || !strings.HasPrefix(r.version, "v") {
		return fmt.Errorf("-version %q is no version such as v1.2.3", r.version)
	}
	r.time = time.Unix(*seconds, 0).UTC()
	for text := range strings.SplitSeq(*platforms, ",") {
		system, architecture, ok := strings.Cut(text, "/")
		if !ok {
			return fmt.Errorf("-platforms: %q is no OS/ARCHITECTURE", text)
		}
		r.platforms = append(r.platforms, platform{system, architecture})
	}
	if _, err := os.Lstat(r.output); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s is there already; a release begins with nothing", r.output)
	}
	return r.make(ctx)
}

// make makes everything in a folder of its own, which gets its name at the end.
func (r *release) make(ctx context.Context) error {
	parent := filepath.Dir(filepath.Clean(r.output))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(parent, ".release-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	final := filepath.Join(work, "dist")
	if err := os.Mkdir(final, 0o755); err != nil {
		return err
	}
	var binaries []binary
	for _, platform := range r.platforms {
		built, err := r.build(ctx, work, platform)
		if err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		if err := r.archive(final, built); err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		if err := r.billOfMaterials(final, built); err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		fmt.Fprintf(r.log, "%s: %s\n", platform, r.archiveName(platform))
		binaries = append(binaries, built)
	}
	for _, step := range []func() error{
		func() error { return r.image(final, binaries) },
		func() error { return r.formula(final) },
		func() error { return r.checksums(final) },
		func() error { return r.sign(final) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return os.Rename(final, r.output)
}
