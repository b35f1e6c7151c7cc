package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
)

// download fetches the module of a release and returns its folder.
func download(ctx context.Context, version string) (string, error) {
	command := exec.CommandContext(ctx, "go", "mod", "download", "-json", "k8s.io/kubernetes@v"+version)
	output, failed := command.Output()
	var module struct{ Dir, Error string }
	if err := json.Unmarshal(output, &module); err != nil {
		return "", fmt.Errorf("fetch Kubernetes %s: %w", version, errors.Join(failed, err))
	}
	if module.Error != "" || failed != nil {
		return "", fmt.Errorf("fetch Kubernetes %s: %s", version, module.Error)
	}
	return module.Dir, nil
}
