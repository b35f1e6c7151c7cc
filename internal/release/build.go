package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// binary is the program for one platform.
type binary struct {
	platform platform
	path     string
}

// build compiles the program. Paths of the machine are left out, so that everyone who
// builds the same commit with the same Go gets the same bytes.
func (r *release) build(ctx context.Context, work string, platform platform) (binary, error) {
	built := binary{platform, filepath.Join(work, platform.os+"-"+platform.architecture, programName(platform))}
	absolute, err := filepath.Abs(built.path)
	if err != nil {
		return built, err
	}
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X main.version="+r.version, "-o", absolute, r.program)
	command.Dir = r.root
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+platform.os, "GOARCH="+platform.architecture, "GOFLAGS=", "GOWORK=off")
	if output, err := command.CombinedOutput(); err != nil {
		return built, fmt.Errorf("go build: %w\n%s", err, output)
	}
	return built, nil
}

func programName(platform platform) string {
	if platform.os == "windows" {
		return "packstage.exe"
	}
	return "packstage"
}
