package chart

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/packstage/packstage/internal/childprocess"
)

// Program renders a chart with the helm program.
type Program struct {
	// Path of the program; empty is "helm" on the PATH.
	Path string
	// Chart is a folder, a packed chart, or what else helm takes: a reference or URL.
	Chart string
	// Arguments are passed on to helm where it looks for the chart and renders it
	// ("--version", "--repo", "--kube-version", "--api-versions", ...).
	PullArguments, RenderArguments []string
	// CRDs says whether the folder crds/ of the chart is rendered.
	CRDs bool
	// Environment of the program, in the form of os.Environ.
	Environment []string
	// Stdin is what values are read from where their file is "-".
	Stdin io.Reader
}

// ErrNoHelm says that there is no helm program.
var ErrNoHelm = errors.New("there is no helm program")

// run runs helm and returns what it printed. An error of helm itself is a *RefusedError.
func (p *Program) run(ctx context.Context, stdin io.Reader, arguments ...string) ([]byte, error) {
	path := p.Path
	if path == "" {
		path = "helm"
	}
	found, err := exec.LookPath(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoHelm, err)
	}
	output, err := childprocess.Run(ctx, stdin, p.Environment, found, arguments...)
	var failed *childprocess.FailedError
	if errors.As(err, &failed) {
		return nil, &RefusedError{Message: helmMessage(failed.Complaint)}
	}
	if err != nil {
		return nil, fmt.Errorf("helm: %w", err)
	}
	return output, nil
}

// helmMessage is what helm says without the word in front and the hint behind.
func helmMessage(text string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if line = strings.TrimSpace(line); line != "" && line != "Use --debug flag to render out invalid YAML" && !strings.HasPrefix(line, "level=") {
			lines = append(lines, strings.TrimPrefix(line, "Error: "))
		}
	}
	return strings.Join(lines, "\n")
}

// Fetch makes a chart that is not in the file system one that is: helm pulls it into
// the folder. Others stay as they are.
func (p *Program) Fetch(ctx context.Context, folder string) error {
	if _, err := os.Stat(p.Chart); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	arguments := append(append([]string{"pull", "--untar", "--untardir", folder}, p.PullArguments...), "--", p.Chart)
	if _, err := p.run(ctx, nil, arguments...); err != nil {
		return fmt.Errorf("%s is no file or folder, and helm cannot pull it: %w", p.Chart, withoutPrefix(err))
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			p.Chart = filepath.Join(folder, entry.Name())
			return nil
		}
	}
	return fmt.Errorf("helm pulled nothing for %s", p.Chart)
}

func withoutPrefix(err error) error {
	var refused *RefusedError
	if errors.As(err, &refused) {
		return errors.New(refused.Message)
	}
	return err
}

// Files are those of the chart.
func (p *Program) Files() (map[string][]byte, error) {
	info, err := os.Stat(p.Chart)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return ReadFolder(os.DirFS(p.Chart))
	}
	file, err := os.Open(p.Chart)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	files, err := ReadArchive(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Chart, err)
	}
	return files, nil
}

// probe is a chart that prints its values: what arguments mean is for helm to say.
var probe = map[string]string{
	"Chart.yaml":            "apiVersion: v2\nname: values\nversion: 0.1.0\n",
	"templates/values.yaml": "{\"values\": {{ .Values | toJson }}}\n",
}

// Values returns the values that arguments (-f, --set and the like) give, without those
// of the chart.
func (p *Program) Values(ctx context.Context, arguments []string) (map[string]any, error) {
	if len(arguments) == 0 {
		return map[string]any{}, nil
	}
	folder, err := os.MkdirTemp("", "packstage-import-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	for name, content := range probe {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	output, err := p.run(ctx, p.Stdin, append(append([]string{"template"}, arguments...), "--", "values", folder)...)
	if err != nil {
		return nil, err
	}
	printed, err := readMapping("values", output)
	if err != nil {
		return nil, err
	}
	values, _ := printed["values"].(map[string]any)
	if values == nil {
		values = map[string]any{}
	}
	return values, nil
}

// Render implements Renderer.
func (p *Program) Render(ctx context.Context, release Release) ([]Object, error) {
	arguments := append([]string{"template", "--namespace", release.Namespace}, p.RenderArguments...)
	if p.CRDs {
		arguments = append(arguments, "--include-crds")
	}
	if len(release.Values) > 0 {
		encoded, err := json.Marshal(release.Values)
		if err != nil {
			return nil, err
		}
		file, err := os.CreateTemp("", "packstage-values-*.json")
		if err != nil {
			return nil, err
		}
		defer os.Remove(file.Name())
		_, err = file.Write(encoded)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
		arguments = append(arguments, "-f", file.Name())
	}
	// The name is that of the chart, perhaps: nothing after the dashes is taken for a flag.
	output, err := p.run(ctx, nil, append(arguments, "--", release.Name, p.Chart)...)
	if err != nil {
		return nil, err
	}
	return ReadRendered(output)
}
